import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';

const LOG = new URL('../../dist/src/platform/observability/log.js', import.meta.url);

/** A process that logs as Galley does, and does what it is told to in between. */
function logging(script: string) {
  const child = spawn(process.execPath, [
    '--input-type=module',
    '--eval',
    `
    const { openLog, plainly } = await import(${JSON.stringify(LOG.href)});
    const log = await openLog('info');
    ${script}
  `,
  ]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse(String((await lines.next()).value)).msg as string;
  return { child, next };
}

const STAYS = 'setInterval(() => {}, 1000);';

it('A line that nothing follows is written all the same', async () => {
  const { next } = logging(`${STAYS} log.info('alone');`);
  expect(await next()).toBe('alone');
});

it('What went wrong is written at once, after what came before it, whoever wrote that', async () => {
  // No timer comes to run any more.
  const { next } = logging(`
    log.info('first'); plainly(log, 'second')(() => ({})); log.warn('third');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`);
  expect([await next(), await next(), await next()]).toEqual(['first', 'second', 'third']);
});

it('A line that may be the last is with the operating system before anything else is done', async () => {
  const { next } = logging(`
    log.info('first'); log.warn('second'); log.fatal('third'); process.kill(process.pid, 'SIGKILL');`);
  expect([await next(), await next(), await next()]).toEqual(['first', 'second', 'third']);
});

it('The end of the process writes what is held back', async () => {
  const { child, next } = logging(`${STAYS} log.info('last'); process.exit(3);`);
  const [code] = await once(child, 'exit');
  expect([code, await next()]).toEqual([3, 'last']);
});

it('Lines stand in the order, and bear the time, of what they tell, whenever they are made', async () => {
  const { child } = logging(`
    const say = plainly(log, 'request');
    for (let number = 0; number < 250; number++) {
      say(() => ({ number, made: Date.now() }));
      if (number % 7 === 0) log.info({ number }, 'other');
    }
    const until = Date.now() + 30;
    while (Date.now() < until);
    process.exit(0);`);
  const told = [];
  for await (const line of createInterface({ input: child.stdout })) told.push(JSON.parse(line));
  const requests = told.filter(({ msg }) => msg === 'request');
  expect(requests.map(({ number }) => number)).toEqual(Array.from({ length: 250 }, (_, number) => number));
  expect(told.map(({ time }) => time)).toEqual(told.map(({ time }) => time).sort());
  for (const [at, { msg, number }] of told.entries()) if (msg === 'other') expect(told[at - 1].number).toBe(number);
  const [last] = requests.slice(-1);
  expect(last.made - Date.parse(last.time)).toBeGreaterThanOrEqual(20);
});

it('The end of the process waits for a reader who is slow, and writes each line whole', async () => {
  const script = `
    const { openLog } = await import(${JSON.stringify(LOG.href)});
    const { writeSync } = await import('node:fs');
    const log = await openLog('info');
    process.stdout.isTTY;
    // Leaves a little room in the pipe, which is read only later.
    for (let number = 0; number < 15; number++) writeSync(1, 'x'.repeat(4095) + String.fromCharCode(10));
    for (let number = 0; number < 90; number++) log.info({ number, more: 'x'.repeat(100) }, 'last');
    writeSync(2, 'ending');
    process.exit(3);`;
  const folder = await mkdtemp(join(tmpdir(), 'galley-log-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const gate = join(folder, 'gate');
  const piped = '"$0" --input-type=module --eval "$1" | { until [ -e "$2" ]; do sleep 0.02; done; cat; }';
  const child = spawn('bash', ['-c', piped, process.execPath, script, gate]);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stderr, 'data');
  await writeFile(gate, '');
  const told = [];
  for await (const line of createInterface({ input: child.stdout }))
    if (line.startsWith('{')) told.push(JSON.parse(line).number);
  expect(told).toEqual(Array.from({ length: 90 }, (_, number) => number));
});
