import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Jobs } from '#src/platform/index.js';
import { BackgroundWork } from '#src/platform/jobs/lifecycle.js';
import { TestApp } from '../support/app.js';
import { type Clone, cloneDatabase } from '../support/clone.js';
import { until } from '../support/until.js';
import { AppWithNotes, StubbornListener, TABLE } from './fixtures/notes.module.js';
import { freePort, MainProcess, statusOf, type Variables } from './main-process.js';

let clone: Clone;
beforeAll(async () => {
  clone = await cloneDatabase();
});
afterAll(() => clone.drop());

const start = async (variables: Variables = {}) =>
  new MainProcess({ PORT: await freePort(), DATABASE_URL: clone.url, GALLEY_DEMO: 'false', ...variables }).ready();

const BODY = JSON.stringify({ email: 'nobody@example.com', password: 'wrong password' });

/** A request whose body has only half arrived: it runs until `finish`. */
class SlowRequest {
  answer = '';
  private readonly socket: Socket;

  constructor(url: string) {
    this.socket = connect(Number(new URL(url).port), '127.0.0.1');
    this.socket.setEncoding('utf8').on('data', (text) => {
      this.answer += text;
    });
    this.socket.write(
      `POST /v1/auth/login HTTP/1.1\r\nhost: galley\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY.slice(0, 10)}`,
    );
  }

  async finish(): Promise<string> {
    const closed = once(this.socket, 'close');
    this.socket.write(BODY.slice(10));
    await closed;
    return this.answer;
  }
}

it('finishes the request that runs when it is told to stop', async () => {
  const galley = await start();
  const slow = new SlowRequest(galley.url);
  // A later request that has been answered: the slow one has arrived by then.
  expect(await statusOf(`${galley.url}/health/live`)).toBe(200);
  galley.signal('SIGTERM');
  await until(async () => (await statusOf(`${galley.url}/health/live`)) === undefined || null);
  expect(galley.child.exitCode).toBeNull();
  expect(await slow.finish()).toMatch(/^HTTP\/1\.1 401 [\s\S]*invalid_credentials/);
  expect(await galley.ended).toBe(0);
});

it('finishes the job that runs when it is told to stop, whose work is saved', async () => {
  const app = new TestApp();
  await app.start({ GALLEY_ROLE: 'all' }, AppWithNotes);
  await app.db.unprepared(TABLE);
  await app.service(BackgroundWork).start();
  await app.service(Jobs).enqueue('notes.sort', { text: 'sorted in the end' });
  const listener = app.service(StubbornListener);
  await until(() => listener.release ?? null);
  const stopped = app.booted.close();
  await until(async () => (await statusOf(`${app.url}/health/live`)) === undefined || null);
  listener.release?.();
  await stopped;
  const client = new pg.Client({ connectionString: app.databaseUrl });
  await client.connect();
  const { rows } = await client.query(
    `SELECT j.state, n.text FROM jobs.job j, notes.notes n WHERE j.name = 'notes.sort'`,
  );
  await client.end();
  await app.stop();
  expect(rows).toEqual([{ state: 'completed', text: 'sorted in the end' }]);
});

it('says that it is not ready, but still serves, for as long as load balancers need', async () => {
  const galley = await start({ GALLEY_DRAIN_SECONDS: '1' });
  galley.signal('SIGTERM');
  const told = performance.now();
  await until(async () => (await statusOf(`${galley.url}/health/ready`)) === 503 || null);
  const statuses = new Set<number | undefined>();
  // New connections, until shortly before the end.
  await until(async () => {
    statuses.add(await statusOf(`${galley.url}/v1/products`));
    return performance.now() - told > 850 || null;
  });
  expect([...statuses]).toEqual([200]);
  expect(await galley.ended).toBe(0);
});

it('ends with 0 after one Ctrl-C, however long the request takes that still runs', async () => {
  const galley = await start();
  const slow = new SlowRequest(galley.url);
  expect(await statusOf(`${galley.url}/health/live`)).toBe(200);
  galley.signal('SIGINT');
  await until(async () => (await statusOf(`${galley.url}/health/live`)) === undefined || null);
  const told = performance.now();
  await until(async () => performance.now() - told > 1200 || null);
  expect(await slow.finish()).toMatch(/^HTTP\/1\.1 401 /);
  expect(await galley.ended).toBe(0);
});

it('goes at once at the second Ctrl-C', async () => {
  const galley = await start();
  const slow = new SlowRequest(galley.url);
  expect(await statusOf(`${galley.url}/health/live`)).toBe(200);
  galley.signal('SIGINT');
  await until(async () => {
    galley.signal('SIGINT');
    return galley.child.exitCode;
  });
  expect(await galley.ended).toBe(130);
  expect(slow.answer).toBe('');
});

const UNLUCKY = `process.on('SIGUSR2', () => Promise.reject(new Error('nobody caught me')))`;

it('stops in order, with exit code 1, after an error that nobody caught', async () => {
  const galley = await start({
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(UNLUCKY)}`,
  });
  galley.signal('SIGUSR2');
  expect(await galley.ended).toBe(1);
  const fatal = galley.stdout.split('\n').find((line) => line.includes('"fatal"'));
  expect(JSON.parse(fatal ?? '{}')).toMatchObject({ level: 'fatal', err: { message: 'nobody caught me' } });
});
