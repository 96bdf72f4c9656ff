import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger as PinoLogger } from 'pino';
import { ReadCache } from '../cache/read-cache.js';
import { readSettings } from '../config/settings.js';
import { NotAvailable, NotFoundProblem } from '../errors/problems.js';
import { BackgroundWork } from '../jobs/lifecycle.js';
import { RoleSettings } from '../jobs/role.settings.js';
import { FileMailer } from '../mail/file-mailer.js';
import { serveMail } from '../mail/mail-pages.js';
import { Mailer } from '../mail/mailer.js';
import { Readiness } from '../observability/health.controller.js';
import { NestLog, openLog } from '../observability/log.js';
import { LogSettings } from '../observability/log.settings.js';
import { Metrics } from '../observability/metrics.js';
import { serveDocs } from '../openapi/serve-docs.js';
import { ProcessSettings } from '../process/process.settings.js';
import type { RequestWithCaller } from './access.js';
import { answerEarly } from './early-answers.js';
import { acceptForms } from './form-body.js';
import { HttpSettings } from './http.settings.js';
import { parseJson } from './json-body.js';
import { Locales } from './locales.js';
import { parseQuery } from './query-string.js';
import { limitRates, rateLimitOf } from './rate-limit.js';
import { runInRequest } from './request-context.js';
import { requestIdOf, traceIdOf } from './request-id.js';
import { type Observe, observer } from './request-log.js';
import { prefixRoutes } from './routes.js';
import { allowOrigins, dataHeaders, PAGES, pageHeaders } from './security-headers.js';
import { acceptStreams } from './streamed-body.js';
import { clientAddressOf, trustOf } from './trust-proxy.js';
import { unroutable } from './unroutable.js';

/** The whole application, ready to listen. @throws {SettingError} for a bad variable. */
export async function createApp(module: Type, options: { log?: PinoLogger } = {}): Promise<NestFastifyApplication> {
  const settings = readSettings(HttpSettings);
  const log = options.log ?? (await openLog(readSettings(LogSettings).level));
  const trust = trustOf(settings.trustProxy);
  const adapter = new FastifyAdapter({
    skipMiddie: true,
    bodyLimit: settings.bodyLimit,
    genReqId: (request: IncomingMessage) => requestIdOf(request),
    trustProxy: trust ?? false,
    // A file of products takes its time on a slow line; headers and idle connections do not.
    requestTimeout: 300_000,
    http: { headersTimeout: 30_000 },
    keepAliveTimeout: 65_000,
    routerOptions: { maxParamLength: 200, querystringParser: parseQuery },
    return503OnClosing: false,
    logger: false,
    ...unroutable((): string => app.get(HttpSettings).baseUrl),
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: new NestLog(log),
    bodyParser: false,
    abortOnError: false,
    forceCloseConnections: false,
  });
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  prefixRoutes(app);
  parseJson(fastify);
  acceptStreams(fastify);
  acceptForms(fastify);
  stampEachResponse(fastify, settings);
  const observe = observer(app.get(Metrics), log);
  observeEachRequest(fastify, observe);
  await allowOrigins(fastify, settings);
  serveOnlyWhenReady(fastify, app.get(Readiness), app.get(RoleSettings));
  const limit = rateLimitOf(settings);
  if (limit) limitRates(fastify, limit);
  fastify.addHook('preHandler', (request, _reply, done) =>
    runInRequest(request.id, done, traceIdOf(request.headers['traceparent'])),
  );
  serveDocs(app, fastify, settings);
  const mailer = app.get(Mailer);
  if (mailer instanceof FileMailer && !readSettings(ProcessSettings).production) serveMail(fastify, mailer);
  await app.init();
  await fastify.ready();
  answerEarly(fastify, {
    cache: app.get(ReadCache),
    locales: app.get(Locales),
    readiness: app.get(Readiness),
    clientAddress: clientAddressOf(trust),
    limit,
    observe,
    settings,
  });
  return app;
}

/** Listens where the settings say; from then on links name the port that it really is. */
export async function listen(app: NestFastifyApplication): Promise<void> {
  const settings = app.get(HttpSettings);
  await app.listen(settings.port, settings.host);
  settings.port = (app.getHttpServer().address() as AddressInfo).port;
}

/** Milliseconds that running requests and jobs may take to finish. */
const PATIENCE = 20_000;

/** Lets load balancers look elsewhere, running requests and jobs finish, then closes everything. */
export async function closeApp(app: NestFastifyApplication): Promise<void> {
  app.get(Readiness).stopping = true;
  const { drainSeconds } = readSettings(ProcessSettings);
  if (drainSeconds > 0) await pause(drainSeconds * 1000);
  const deadline = Date.now() + PATIENCE;
  await finishRequests(app.getHttpAdapter().getInstance() as unknown as FastifyInstance, deadline);
  await app.get(BackgroundWork).stop(deadline - Date.now());
  await app.close();
}

async function finishRequests(fastify: FastifyInstance, deadline: number): Promise<void> {
  const { server } = fastify;
  server.closeIdleConnections();
  // Connections that are kept alive become idle one by one, as their last answer goes out.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const late = setTimeout(() => server.closeAllConnections(), deadline - Date.now());
  await fastify.close();
  clearInterval(idle);
  clearTimeout(late);
}

const OPERATIONS = /^\/(health|metrics)(\/|\?|$)/;

/** A process that is starting says so; one that only works in the background has nothing but health and metrics. */
function serveOnlyWhenReady(fastify: FastifyInstance, readiness: Readiness, { serves }: RoleSettings): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (serves && !readiness.starting) return done();
    if (OPERATIONS.test(request.url)) return done();
    done(
      readiness.starting
        ? new NotAvailable('Galley is starting.')
        : new NotFoundProblem('This process runs jobs only (GALLEY_ROLE=worker): what you ask for'),
    );
  });
}

function stampEachResponse(fastify: FastifyInstance, settings: HttpSettings): void {
  const [page, data] = [pageHeaders(settings), dataHeaders(settings)];
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.headers(PAGES.test(request.url) ? page : data).header('x-request-id', request.id);
    done();
  });
}

function observeEachRequest(fastify: FastifyInstance, observe: Observe): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const { id, routeOptions, ip: address } = request;
    const route = routeOptions.url ?? 'none';
    const caller = (request as RequestWithCaller).caller?.id ?? undefined;
    observe({ id, request, route, status: reply.statusCode, ms: reply.elapsedTime, address, caller });
    done();
  });
}
