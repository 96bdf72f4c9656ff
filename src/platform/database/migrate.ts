import type { DataSource } from 'typeorm';

/** Any number that nothing else locks. */
const MIGRATIONS_LOCK = 0x67616c6c; // "gall"

/** Brings the schema up to date. Processes that start together take turns; all but the first find nothing to do. */
export async function migrate(source: DataSource): Promise<number> {
  const runner = source.createQueryRunner();
  await runner.connect();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATIONS_LOCK]);
    try {
      return (await source.runMigrations({ transaction: 'each' })).length;
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATIONS_LOCK]);
    }
  } finally {
    await runner.release();
  }
}
