import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const MAIN = join(import.meta.dirname, '../../dist/src/main.js');

/** A Galley in a process of its own, that can be killed. */
export interface GalleyProcess {
  url: string;
  child: ChildProcess;
  /** Resolves when the process is gone, whatever ended it. */
  gone: Promise<unknown>;
  kill(): Promise<void>;
}

/** Starts one and waits until it is ready. */
export async function startProcess(environment: Record<string, string>): Promise<GalleyProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, [MAIN], {
    env: {
      ...process.env,
      NODE_ENV: 'test',
      PORT: String(port),
      GALLEY_LOG_LEVEL: 'warn',
      GALLEY_ARGON2_KIB: '8',
      GALLEY_DEMO: 'false',
      GALLEY_RATE_LIMIT: 'off',
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const gone = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 45_000;
  while (Date.now() < deadline && child.exitCode === null) {
    const ready = await fetch(`${url}/health/ready`)
      .then((response) => response.ok)
      .catch(() => false);
    if (ready) {
      const kill = async () => {
        child.kill('SIGKILL');
        await gone;
      };
      return { url, child, gone, kill };
    }
    await pause(25);
  }
  child.kill('SIGKILL');
  throw new Error(`Galley did not get ready: ${said}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
