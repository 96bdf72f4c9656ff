import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { AppModule } from '#src/app.module.js';
import { closeApp, createApp, listen } from '#src/platform/http/create-app.js';

export type Environment = Record<string, string>;

/** How tests run unless they say otherwise: no limits in the way, hashing cheap, jobs run by the test and not by time. */
const DEFAULTS: Environment = {
  PORT: '0',
  GALLEY_ROLE: 'api',
  GALLEY_RATE_LIMIT: '1000000/60',
  GALLEY_ATTEMPTS_PER_ACCOUNT: '100000',
  GALLEY_ATTEMPTS_PER_ADDRESS: '100000',
  GALLEY_LOG_LEVEL: process.env['GALLEY_LOG_LEVEL'] ?? 'silent',
  GALLEY_ARGON2_KIB: '8',
  GALLEY_DEMO: 'false',
  GALLEY_SANDBOX_WEBHOOK_DELAY_MS: '-1',
};

export interface Booted {
  nest: NestFastifyApplication;
  url: string;
  close(): Promise<void>;
}

/** The application as main.ts makes it, in this process, on a free port. */
export async function boot(environment: Environment, module: Type = AppModule, log?: Logger): Promise<Booted> {
  const before = { ...process.env };
  Object.assign(process.env, DEFAULTS, environment);
  try {
    const nest = await createApp(module, log ? { log } : {});
    await listen(nest);
    return { nest, url: await nest.getUrl(), close: () => closeApp(nest) };
  } finally {
    process.env = before;
  }
}
