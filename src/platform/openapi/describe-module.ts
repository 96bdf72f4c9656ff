import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { prefixRoutes } from '../http/routes.js';
import { buildDocument } from './document.js';

/** The document of an application that does not run. */
export async function describeModule(module: Type, baseUrl: string): Promise<OpenAPIObject> {
  return buildDocument(await preview(module), baseUrl);
}

/** An application that does not run: nothing is instantiated, no database is needed. */
export async function preview(module: Type): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter({ skipMiddie: true }), {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  prefixRoutes(app);
  return app;
}
