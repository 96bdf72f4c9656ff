import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { DemoCatalog } from '#src/catalog/index.js';
import { galley } from './support/app.js';

const app = galley();

async function purchase(): Promise<string> {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
  const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)]
    .map(([, block = '']) => block)
    .find((block) => block.includes('/checkout'));
  if (!commands) throw new Error('The README has lost its purchase.');
  return commands.replace('http://127.0.0.1:3000', app.url);
}

it('buys something with the commands of the README, to the letter', async () => {
  await app.service(DemoCatalog).seed();
  const commands = await purchase();
  expect(commands.match(/\bcurl\b/g)).toHaveLength(6);
  const { stdout } = await promisify(execFile)('bash', ['-eu', '-c', commands]);
  // Two answers are printed, one behind the other: the cart's and the order's.
  const order = JSON.parse(stdout.slice(stdout.lastIndexOf('}{"id"') + 1));
  expect(order).toMatchObject({ status: 'placed', paymentStatus: 'paid', email: 'ada@example.com' });
});
