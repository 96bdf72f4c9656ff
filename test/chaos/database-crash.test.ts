import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { buy } from '../orders/shop.js';
import { Client } from '../support/client.js';
import { startProcess } from '../support/process.js';
import { temporaryFolder } from '../support/temporary.js';

const ADMIN = { email: 'admin@example.com', password: 'correct horse battery' };
const BUYERS = 40;

/** Buys with one key, as a client does that gets no answer or a 5xx: again and again, until it is said what came of it. */
async function insist(client: Client, variantId: string, key: string): Promise<string> {
  const deadline = Date.now() + 60_000;
  let last = 'no answer';
  while (Date.now() < deadline) {
    const answer = await buy(client, { productId: '', sku: '', variantId }, { key }).catch(() => undefined);
    if (answer?.status === 201) return answer.body.id;
    if (answer && answer.status < 500 && answer.body.code !== 'idempotency_in_progress') {
      throw new Error(JSON.stringify(answer.body));
    }
    last = answer ? `${answer.status} ${answer.body.code}` : 'no answer';
    await pause(100);
  }
  throw new Error(`Nobody said what came of it: ${last}.`);
}

it('places each order once and charges once while PostgreSQL is killed again and again', {
  timeout: 120_000,
}, async () => {
  const folder = await temporaryFolder();
  const galley = await startProcess({
    GALLEY_DATA_DIR: folder.path,
    GALLEY_ADMIN_EMAIL: ADMIN.email,
    GALLEY_ADMIN_PASSWORD: ADMIN.password,
    GALLEY_IDEMPOTENCY_LEASE: '2',
    GALLEY_LOG_LEVEL: 'silent',
  });
  try {
    const anyone = new Client(galley.url);
    const { body: session } = await anyone.post('/v1/auth/login', ADMIN);
    const staff = anyone.with(session.accessToken);
    const { body: product } = await staff.post('/v1/products', {
      name: 'Lifeboat',
      status: 'active',
      variants: [{ sku: 'LIFEBOAT', prices: [{ amount: 1999, currency: 'EUR' }], stock: 100 }],
    });
    const variantId = product.variants[0].id as string;
    let bought = 0;
    const killing = (async () => {
      for (const at of [5, 15, 25]) {
        while (bought < at) await pause(5);
        const pid = Number((await readFile(join(folder.path, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]);
        process.kill(pid, 'SIGKILL');
      }
    })();
    const keys = Array.from({ length: BUYERS }, () => randomUUID());
    const waiting = [...keys];
    const ids: string[] = [];
    const buyer = async () => {
      for (let key = waiting.pop(); key; key = waiting.pop()) {
        ids.push(await insist(anyone, variantId, key));
        bought++;
      }
    };
    await Promise.all([...Array.from({ length: 6 }, buyer), killing]);
    expect(new Set(ids).size).toBe(BUYERS);
    const { body: stock } = await staff.get(`/v1/variants/${variantId}/stock`);
    expect(stock).toMatchObject({ onHand: 100, reserved: BUYERS, available: 100 - BUYERS });
    const { body: orders } = await staff.get('/v1/orders?limit=100');
    expect(orders.data.filter(({ status }: { status: string }) => status === 'placed')).toHaveLength(BUYERS);
    const { body: payments } = await staff.get('/v1/payments?limit=100&status=captured');
    expect(payments.data).toHaveLength(BUYERS);
    const { body: balances } = await staff.get('/v1/ledger/balances');
    const sums = balances.data.map(({ balance }: { balance: { amount: number } }) => balance.amount);
    expect(sums.reduce((sum: number, amount: number) => sum + amount, 0)).toBe(0);
  } finally {
    galley.child.kill('SIGTERM');
    await galley.gone;
    await folder.remove();
  }
});
