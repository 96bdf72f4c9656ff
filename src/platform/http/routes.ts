import type { INestApplication } from '@nestjs/common';

/** Everything is under /v1, except what has a place of its own on the web. */
export function prefixRoutes(app: INestApplication): void {
  app.setGlobalPrefix('v1', { exclude: ['health/{*path}', 'metrics', '.well-known/{*path}'] });
}
