import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { pino } from 'pino';
import { readSettings } from '../config/settings.js';
import { joinDatabase } from '../database/open-database.js';
import { NestLog, openLog } from '../observability/log.js';
import { LogSettings } from '../observability/log.settings.js';
import { checkSettings, misspeltSettings } from '../process/check-settings.js';

/** Runs `fn` with the application but without HTTP, beside a running Galley or on a database started for it. */
export async function withApplication<T>(module: Type, fn: (app: INestApplicationContext) => Promise<T>): Promise<T> {
  checkSettings();
  for (const line of misspeltSettings()) process.stderr.write(`${line}\n`);
  const database = await joinDatabase({ log: (line) => process.stderr.write(`${line}\n`) });
  process.env['DATABASE_URL'] = database.url;
  // What the command publishes is for the workers of the running Galley.
  process.env['GALLEY_ROLE'] = 'api';
  try {
    const log = await openLog(commandLevel(), pino.destination({ fd: 2, sync: true }));
    const app = await NestFactory.createApplicationContext(module, { logger: new NestLog(log), abortOnError: false });
    try {
      return await fn(app);
    } finally {
      await app.close();
    }
  } finally {
    await database.close();
  }
}

/** Standard output is for what the command has to say; of the log only what went wrong is of interest. */
function commandLevel(): string {
  const { level } = readSettings(LogSettings);
  return level === 'info' ? 'warn' : level;
}
