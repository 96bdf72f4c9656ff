import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { temporaryFolder } from './temporary.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server, as the application's role; its path is the template database. */
    databaseUrl: string;
  }
}

const TEMPLATE = 'galley_template';

/**
 * One PostgreSQL for the run, and in it one database that is migrated and started once: every test file clones it.
 * GALLEY_TEST_SERVER_URL names another server, of an earlier version perhaps, as a role that may do everything there.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { startEmbeddedPostgres } = await import('#src/platform/database/embedded/index.js');
  const folder = await temporaryFolder();
  const other = process.env['GALLEY_TEST_SERVER_URL'];
  const postgres = other
    ? { url: other, stop: async () => {} }
    : await startEmbeddedPostgres({ dataDir: folder.path, fast: true });
  const url = new URL(postgres.url);
  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  await admin.query(`DROP DATABASE IF EXISTS ${TEMPLATE}`);
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  await admin.end();
  url.pathname = `/${TEMPLATE}`;
  await prepare(url.href);
  project.provide('databaseUrl', url.href);
  return async () => {
    await postgres.stop();
    await folder.remove();
  };
}

async function prepare(databaseUrl: string): Promise<void> {
  const { boot } = await import('./boot.js');
  const app = await boot({ DATABASE_URL: databaseUrl });
  await app.close();
}
