import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { NotFoundProblem } from '../errors/problems.js';
import { allProblems, problemByCode } from '../errors/refusal.js';
import type { HttpSettings } from '../http/http.settings.js';
import { buildDocument } from './document.js';
import { problemPage, problemsPage } from './pages.js';

const HTML = 'text/html; charset=utf-8';

/** The document, made on first demand, and the pages that show it. */
export function serveDocs(app: NestFastifyApplication, fastify: FastifyInstance, { publicUrl }: HttpSettings): void {
  SwaggerModule.setup('docs', app, () => buildDocument(app, publicUrl ?? '/'), {
    // Under whatever name the reader has come here, so that trying it out works from localhost as well.
    patchDocumentOnRequest: (request, _reply, document) =>
      publicUrl ? document : { ...document, servers: [{ url: originOf(request), description: 'This Galley' }] },
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Galley API',
    swaggerOptions: { persistAuthorization: true, filter: true, displayOperationId: true },
  });
  fastify.get('/docs/problems', (_, reply) => reply.type(HTML).send(problemsPage(allProblems())));
  fastify.get<{ Params: { code: string } }>('/docs/problems/:code', (request, reply) => {
    const problem = problemByCode(request.params.code);
    if (!problem) throw new NotFoundProblem('The problem', request.params.code);
    return reply.type(HTML).send(problemPage(problem));
  });
}

function originOf(request: unknown): string {
  const { protocol, host } = request as FastifyRequest;
  return `${protocol}://${host}`;
}
