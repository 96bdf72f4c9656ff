import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { EmbeddedPostgresError } from './errors.js';

// Below the range from which Linux (32768) and macOS (49152) take ports for outgoing connections: those come and go, and
// one of them could sit on our port just when PostgreSQL has to be restarted on it.
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** A random port on the loopback interface that is free right now. */
export async function pickFreePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(port)) return port;
  }
  throw new EmbeddedPostgresError(
    `No free port between ${LOWEST} and ${HIGHEST} on 127.0.0.1 for PostgreSQL: free one, or set DATABASE_URL.`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
