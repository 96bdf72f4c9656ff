import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { readSettings } from '../config/settings.js';
import { openDatabase } from '../database/open-database.js';
import { closeApp, createApp, listen } from '../http/create-app.js';
import { HttpSettings } from '../http/http.settings.js';
import { BackgroundWork } from '../jobs/lifecycle.js';
import { RoleSettings } from '../jobs/role.settings.js';
import { Readiness } from '../observability/health.controller.js';
import { openLog } from '../observability/log.js';
import { LogSettings } from '../observability/log.settings.js';
import { checkSettings, misspeltSettings } from './check-settings.js';
import { Ending } from './ending.js';
import { ProcessSettings } from './process.settings.js';
import { type SignIn, screen } from './screen.js';
import { lineFor } from './start-error.js';

/** What a new Galley needs before anyone can use it; does nothing later. Gives a sign-in that it has just made. */
export type Prepare = (app: NestFastifyApplication, settings: ProcessSettings) => Promise<SignIn | undefined>;

/** Runs Galley in this process, until a signal ends it. A start that cannot succeed says why in one line. */
export async function run(module: Type, prepare: Prepare): Promise<void> {
  const ending = new Ending();
  const starting = start(module, prepare, ending);
  ending.watch(starting);
  try {
    await starting;
  } catch (error) {
    if (!ending.begun) complain(error, ending.log);
    await ending.end(1);
  }
}

async function start(module: Type, prepare: Prepare, ending: Ending): Promise<void> {
  checkSettings();
  for (const line of misspeltSettings()) process.stderr.write(`${line}\n`);
  const log = await openLog(readSettings(LogSettings).level);
  ending.log = log;
  const database = await openDatabase({
    log: (line) => log.warn({ context: 'Database' }, line),
    onFailure: (error) => ending.fail(error),
    signal: ending.signal,
  });
  ending.before(() => database.close());
  process.env['DATABASE_URL'] = database.url;
  if (ending.begun) return;
  const app = await createApp(module, { log });
  ending.before(() => closeApp(app));
  app.get(Readiness).starting = true;
  await listen(app);
  const { serves } = app.get(RoleSettings);
  const signIn = serves ? await prepare(app, readSettings(ProcessSettings)) : undefined;
  await app.get(BackgroundWork).start();
  app.get(Readiness).starting = false;
  const { baseUrl } = app.get(HttpSettings);
  log.info({ context: 'Process', url: baseUrl, pid: process.pid }, 'ready');
  // On a terminal, lines to read; elsewhere standard output is the log, one JSON object a line.
  const output = process.stdout.isTTY ? process.stdout : process.stderr;
  output.write(screen({ baseUrl, place: database.place, serves, signIn }));
}

function complain(error: unknown, log: Logger | undefined): void {
  const line = lineFor(error);
  if (line === undefined) log?.fatal({ context: 'Process', err: error }, 'Galley cannot start.');
  process.stderr.write(`${line ?? `Galley cannot start: ${String(error)}`}\n`);
}
