import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SandboxWebhooks } from '#src/payments/sandbox/sandbox-webhooks.service.js';
import { Jobs } from '#src/platform/index.js';
import { type Article, buy, makeArticle, stockOf } from '../orders/shop.js';
import { galley } from '../support/app.js';
import { Client } from '../support/client.js';
import { startProcess } from '../support/process.js';

// A short lease lets the retry take over at once what the dead process had claimed.
const ENVIRONMENT = { GALLEY_IDEMPOTENCY_LEASE: '1', GALLEY_SANDBOX_WEBHOOK_DELAY_MS: '-1' };
const app = galley(ENVIRONMENT);

/** Between any two steps of a checkout; `sandbox.charged`: the money has moved, and nobody here knows. */
const POINTS = [
  'checkout.beginning',
  'checkout.begun',
  'sandbox.charged',
  'checkout.answered',
  'checkout.settling',
  'checkout.settled',
] as const;

type Ending = 'retry' | 'retries at once' | 'sweep' | 'sweep, then retry' | 'webhook';
const ENDINGS: Ending[] = ['retry', 'retries at once', 'sweep', 'sweep, then retry', 'webhook'];

interface Books {
  placed: number;
  open: number;
  charges: number;
  captured: number;
  unbalanced: number;
}

/** What the books say of everything bought of one article. */
async function booksOf({ variantId }: Article): Promise<Books> {
  const [books] = await app.db.query<Books>(
    `WITH mine AS (SELECT o.* FROM orders.orders o JOIN orders.order_lines l ON l.order_id = o.id WHERE l.variant_id = $1)
     SELECT (SELECT count(*) FROM mine WHERE status = 'placed')::int AS placed,
            (SELECT count(*) FROM mine WHERE status = 'pending')::int AS open,
            (SELECT count(*) FROM payments.sandbox_charges c JOIN mine ON mine.id::text = c.reference WHERE c.captured > 0)::int AS charges,
            (SELECT coalesce(sum(p.captured - p.refunded), 0) FROM payments.payments p JOIN mine ON mine.id::text = p.reference)::int AS captured,
            (SELECT count(*) FROM (SELECT transaction_id FROM payments.ledger_entries GROUP BY transaction_id, currency HAVING sum(amount) <> 0) AS off)::int AS unbalanced`,
    [variantId],
  );
  if (!books) throw new Error('The books cannot be read.');
  return books;
}

/** Asks again until the lease of the dead process has run out. */
async function insist(client: Client, article: Article, key: string, token: string) {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const answer = await buy(client, article, { key, token, quantity: 2 });
    if (answer.body.code !== 'idempotency_in_progress' || Date.now() > deadline) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** As if the time had come at which someone looks after what was left open. */
async function sweep(): Promise<void> {
  await app.db.unprepared(`UPDATE payments.payments SET due_at = now() WHERE due_at IS NOT NULL`);
  await app.service(Jobs).run('payments.sweep');
  await app.runDue();
}

async function end(ending: Ending, article: Article, key: string): Promise<void> {
  if (ending === 'retry') expect((await insist(app.anyone, article, key, 'tok_ok')).status).toBe(201);
  if (ending === 'retries at once') {
    await Promise.all(Array.from({ length: 5 }, () => insist(app.anyone, article, key, 'tok_ok')));
    expect((await insist(app.anyone, article, key, 'tok_ok')).status).toBe(201);
  }
  if (ending === 'webhook') await app.service(SandboxWebhooks).deliver();
  if (ending !== 'retry' && ending !== 'retries at once') await sweep();
  if (ending === 'sweep, then retry') {
    const answer = await insist(app.anyone, article, key, 'tok_ok');
    expect([201, 402]).toContain(answer.status);
  }
}

describe.each(POINTS)('killed at %s', (point) => {
  it.each(ENDINGS)('an order is placed once or not at all, ended by %s', async (ending) => {
    const article = await makeArticle(app, { stock: 10 });
    const dying = await startProcess({
      ...ENVIRONMENT,
      DATABASE_URL: app.databaseUrl,
      GALLEY_FAULT: point,
      GALLEY_ROLE: 'api',
    });
    const key = randomUUID();
    await expect(buy(new Client(dying.url), article, { key, quantity: 2 })).rejects.toThrow();
    await dying.gone;
    await end(ending, article, key);
    const books = await booksOf(article);
    expect(books.open).toBe(0);
    expect(books.unbalanced).toBe(0);
    expect(books.placed).toBeLessThanOrEqual(1);
    expect(books.charges).toBe(books.placed);
    expect(books.captured).toBe(books.placed * 4488);
    expect(await stockOf(app, article)).toEqual({
      onHand: 10,
      reserved: 2 * books.placed,
      available: 10 - 2 * books.placed,
    });
  });
});
