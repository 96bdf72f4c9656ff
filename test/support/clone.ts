import pg from 'pg';
import { inject } from 'vitest';

let count = 0;

export interface Clone {
  url: string;
  drop(): Promise<void>;
}

/** A database of one's own, as a Galley finds it that has been started once. */
export async function cloneDatabase(): Promise<Clone> {
  const template = new URL(inject('databaseUrl'));
  const name = `test_${process.pid}_${++count}`;
  await maintain(`CREATE DATABASE ${name} TEMPLATE ${template.pathname.slice(1)}`);
  const url = new URL(template);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => drop(name) };
}

/** FORCE ends what is still connected, but may not end an autovacuum worker; DROP without it sends that one away itself. */
async function drop(name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await maintain(`DROP DATABASE ${name} ${attempt % 2 === 1 ? 'WITH (FORCE)' : ''}`);
    } catch (error) {
      if (attempt === 6) throw error;
    }
  }
}

async function maintain(sql: string): Promise<void> {
  const server = new URL(inject('databaseUrl'));
  server.pathname = '/galley';
  const client = new pg.Client({ connectionString: server.href });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
