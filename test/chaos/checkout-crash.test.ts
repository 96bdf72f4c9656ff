import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SandboxWebhooks } from '#src/payments/sandbox/sandbox-webhooks.service.js';
import { Jobs } from '#src/platform/index.js';
import { type Article, booksOf, buy, checkOut, fillCart, makeArticle, onePurchase, stockOf } from '../orders/shop.js';
import { galley } from '../support/app.js';
import { type Answer, Client } from '../support/client.js';
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
type Point = (typeof POINTS)[number];

type Ending = 'retry' | 'retries at once' | 'sweep' | 'sweep, then retry' | 'sweep, then another key' | 'webhook';
const ENDINGS: Ending[] = ['retry', 'retries at once', 'sweep', 'sweep, then retry'];
/** Before the sandbox has been asked there is nothing that it could tell of. */
const endingsAt = (point: Point): Ending[] => [...ENDINGS, isCharged(point) ? 'webhook' : 'sweep, then another key'];
const isCharged = (point: Point): boolean => POINTS.indexOf(point) >= POINTS.indexOf('sandbox.charged');

const STATUS = { tok_ok: 201, tok_requires_action: 202, tok_declined: 402 } as const;
type Token = keyof typeof STATUS;
type Way = 'one call' | 'cart';

const WAYS: [Way, Token][] = [
  ['one call', 'tok_ok'],
  ['cart', 'tok_ok'],
  ['one call', 'tok_requires_action'],
  ['cart', 'tok_requires_action'],
  ['one call', 'tok_declined'],
  ['cart', 'tok_declined'],
];
/** A purchase that is declined is answered without coming by the last point. */
const waysAt = (point: Point) =>
  point === 'checkout.settled' ? WAYS.filter(([, token]) => token !== 'tok_declined') : WAYS;

/** Each way to buy meets most points and most endings, without a run for each of the combinations. */
const RUNS = POINTS.flatMap((point, row) =>
  endingsAt(point).map((ending, column) => {
    const ways = waysAt(point);
    const [way, token] = ways[(row + column) % ways.length]!;
    return { point, ending, way, token };
  }),
);

interface Run {
  point: Point;
  ending: Ending;
  token: Token;
  article: Article;
  cart: string | null;
  /** Sends the purchase: again under the key of the dead process, unless it is given another. */
  send(client: Client, wish?: { token?: Token; key?: string }): Promise<Answer>;
}

async function prepare(point: Point, ending: Ending, way: Way, token: Token): Promise<Run> {
  const article = await makeArticle(app, { stock: 10 });
  const own = { token, key: randomUUID() };
  const cart = way === 'cart' ? await fillCart(app.anyone, [{ variantId: article.variantId, quantity: 2 }]) : null;
  const send: Run['send'] = (client, wish) =>
    cart ? checkOut(client, cart, { ...own, ...wish }) : buy(client, article, { ...own, ...wish, quantity: 2 });
  return { point, ending, token, article, cart, send };
}

/** Asks again until the lease of the dead process has run out. */
async function insist({ send }: Run): Promise<Answer> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const answer = await send(app.anyone);
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

/** The sandbox tells, and nobody sweeps. */
async function webhook(): Promise<void> {
  await app.service(SandboxWebhooks).deliver();
  await app.runDue();
}

async function end(run: Run): Promise<void> {
  const { ending, point, token } = run;
  const again = point === 'checkout.begun' && ending === 'sweep, then retry' ? 402 : STATUS[token];
  if (ending === 'webhook') await webhook();
  if (ending.startsWith('sweep')) await sweep();
  if (ending === 'sweep, then another key') {
    expect((await run.send(app.anyone, { token: 'tok_ok', key: randomUUID() })).status).toBe(201);
  }
  if (ending === 'retries at once') {
    const answers = await Promise.all(Array.from({ length: 5 }, () => insist(run)));
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(again));
  }
  if (ending.endsWith('retry') || ending === 'retries at once') expect((await insist(run)).status).toBe(again);
}

/** The payer of `tok_requires_action` comes back and pays, if the order waits for that. */
async function act({ article }: Run): Promise<void> {
  const [waiting] = await app.db.query<{ url: string }>(
    `SELECT next_action ->> 'url' AS url FROM payments.payments p JOIN orders.order_lines l ON l.order_id::text = p.reference
     WHERE l.variant_id = $1 AND p.status = 'requires_action'`,
    [article.variantId],
  );
  if (!waiting) return;
  expect(await booksOf(app, article)).toMatchObject({ placed: 0, open: 1, reserved: 2, captured: 0 });
  await app.anyone.post(new URL(waiting.url).pathname, { result: 'approve' });
  await webhook();
}

/** Whether the purchase comes about in the end: not when the card is declined, nor when the sandbox was never asked. */
function isPlaced({ point, ending, token }: Run): boolean {
  if (ending === 'sweep, then another key') return true;
  if (token === 'tok_declined') return false;
  // The sweep gives up what it finds begun, and a retry is told so. Before that there is nothing to find.
  if (ending === 'sweep, then retry') return point !== 'checkout.begun';
  return ending !== 'sweep' || isCharged(point);
}

const NOTHING = Object.fromEntries(Object.keys(onePurchase(0, 0)).map((name) => [name, 0]));

describe.each(POINTS)('killed at %s', (at) => {
  it.each(RUNS.filter(({ point }) => point === at))(
    'an order by $way with $token is placed once or not at all, ended by $ending',
    async ({ point, ending, way, token }) => {
      const run = await prepare(point, ending, way, token);
      const { article, cart } = run;
      const dying = await startProcess({
        ...ENVIRONMENT,
        DATABASE_URL: app.databaseUrl,
        GALLEY_FAULT: point,
        GALLEY_ROLE: 'api',
      });
      await expect(run.send(new Client(dying.url))).rejects.toThrow();
      await dying.gone;
      await end(run);
      await act(run);
      const placed = isPlaced(run);
      const books = await booksOf(app, article);
      if (placed) {
        // What was given up for another key to begin anew stays on record.
        const attempts = point === 'checkout.begun' && ending === 'sweep, then another key' ? 2 : 1;
        expect(books).toEqual({ ...onePurchase(4488, 2), orders: attempts, payments: attempts });
      } else {
        expect(books).toEqual({ ...NOTHING, orders: books.orders, payments: books.orders, charges: books.charges });
        expect(Math.max(books.orders, books.charges)).toBeLessThanOrEqual(1);
      }
      const reserved = placed ? 2 : 0;
      expect(await stockOf(app, article)).toEqual({ onHand: 10, reserved, available: 10 - reserved });
      if (cart) expect((await app.anyone.get(cart)).body.status).toBe(placed ? 'ordered' : 'open');
    },
  );
});
