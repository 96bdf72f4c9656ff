import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { until } from '../support/until.js';

const root = join(import.meta.dirname, '../..');

export type Variables = Record<string, string | undefined>;

/** `node dist/src/main.js` (or the command line, or npm) as an operator runs it: with nothing set but what is given. */
export class MainProcess {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  /** Resolves with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;

  constructor(
    readonly variables: Variables,
    command: string[] = [process.execPath, join(root, 'dist/src/main.js')],
  ) {
    const [program = '', ...args] = command;
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(GALLEY_|DATABASE_URL|PORT|HOST|NODE_ENV|npm_)/.test(name),
    );
    this.child = spawn(program, args, {
      cwd: root,
      env: { ...Object.fromEntries(inherited), GALLEY_ARGON2_KIB: '8', ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = once(this.child, 'close').then(([code, signal]) => (code as number | null) ?? (signal as string));
  }

  get url(): string {
    return `http://127.0.0.1:${this.variables['PORT']}`;
  }

  /** Waits until it serves; fails with what it said when it ends instead. */
  async ready(): Promise<this> {
    let over = false;
    void this.ended.then(() => {
      over = true;
    });
    await until(async () => {
      if (over) throw new Error(`It ended: ${this.stderr}`);
      return (await statusOf(`${this.url}/health/ready`)) === 200 || null;
    }, 40_000);
    return this;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async stop(): Promise<number | string> {
    this.signal('SIGTERM');
    return this.ended;
  }

  /** With everything that it has started. */
  async kill(): Promise<void> {
    const { pid, exitCode, signalCode } = this.child;
    if (pid && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
    await this.ended;
  }

  /** What is written to standard error in the end, line by line. */
  async lines(): Promise<string[]> {
    await this.ended;
    return this.stderr.trim().split('\n');
  }
}

/** Undefined when nobody answers. */
export async function statusOf(url: string): Promise<number | undefined> {
  return fetch(url, { headers: { connection: 'close' } }).then(
    async (response) => {
      await response.text();
      return response.status;
    },
    () => undefined,
  );
}

export async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return String(port);
}
