import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SandboxSettings } from '#src/payments/sandbox/sandbox.settings.js';
import { deliverWebhooks, many, QUIET, tally, WEBHOOKS, webhookFor } from '../payments/support.js';
import { galley } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { type Article, booksOf, buy, checkOut, fillCart, makeArticle, onePurchase, stockOf } from './shop.js';

const app = galley({ ...QUIET, GALLEY_PAYMENT_TIMEOUT: '30' });
const ONCE = onePurchase(4488, 2);

type How = 'one call' | 'cart';

interface Purchase {
  article: Article;
  send(): Promise<Answer>;
}

/** What to buy and how, ready to be sent, and sent again under the same key. */
async function purchase(how: How, token: string): Promise<Purchase> {
  // What is left to deliver tells of earlier purchases.
  await deliverWebhooks(app);
  const article = await makeArticle(app, { stock: 10 });
  const key = randomUUID();
  if (how === 'one call') return { article, send: () => buy(app.anyone, article, { token, key, quantity: 2 }) };
  const cart = await fillCart(app.anyone, [{ variantId: article.variantId, quantity: 2 }]);
  return { article, send: () => checkOut(app.anyone, cart, { token, key }) };
}

async function paymentFor({ variantId }: Article): Promise<{ id: string; chargeId: string } | undefined> {
  const [found] = await app.db.query<{ id: string; chargeId: string }>(
    `SELECT p.id, c.id AS "chargeId" FROM payments.payments p JOIN payments.sandbox_charges c ON c.idempotency_key = p.id::text
     JOIN orders.order_lines l ON l.order_id::text = p.reference WHERE l.variant_id = $1`,
    [variantId],
  );
  return found;
}

/**
 * Runs `meanwhile` once the sandbox has charged and before the checkout has its answer: the sandbox takes its time with
 * that, and all the longer when the machine was too busy to be faster.
 */
async function beforeTheAnswer(
  how: How,
  meanwhile: (payment: { id: string; chargeId: string }) => Promise<unknown>,
): Promise<{ article: Article; answer: Answer; again: Answer }> {
  for (const slowMs of [400, 2000, 10_000]) {
    app.service(SandboxSettings).slowMs = slowMs;
    const { article, send } = await purchase(how, 'tok_slow');
    let answered = false;
    const sent = send().finally(() => {
      answered = true;
    });
    let payment = await paymentFor(article);
    while (!payment && !answered) payment = await paymentFor(article);
    if (payment) await meanwhile(payment);
    const inTime = !answered;
    const answer = await sent;
    if (inTime) return { article, answer, again: await send() };
  }
  throw new Error('The answer always came first.');
}

async function expectOnce({ article, answer, again }: Awaited<ReturnType<typeof beforeTheAnswer>>): Promise<void> {
  expect(answer).toMatchObject({ status: 201, body: { status: 'placed', paymentStatus: 'paid' } });
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect(again.body).toEqual(answer.body);
  await app.runDue();
  expect(await booksOf(app, article)).toEqual(ONCE);
  expect(await stockOf(app, article)).toEqual({ onHand: 10, reserved: 2, available: 8 });
  const staff = app.as(await app.staff());
  const { body } = await staff.get(`/v1/orders/${answer.body.id}`);
  expect(body).toMatchObject({ status: 'placed', paymentStatus: 'paid', number: answer.body.number });
}

describe('An order', () => {
  it('is placed once when the webhook comes before the answer', async () => {
    const done = await beforeTheAnswer('one call', async () => {
      expect(await deliverWebhooks(app)).toBe(1);
    });
    await expectOnce(done);
  });

  it('is placed by the webhook, and the answer that comes later changes nothing', async () => {
    let placed: { number: string; placedAt: Date }[] = [];
    const done = await beforeTheAnswer('cart', async ({ id }) => {
      expect(await deliverWebhooks(app)).toBe(1);
      await app.runDue();
      placed = await app.db.query(
        `SELECT number, placed_at AS "placedAt" FROM orders.orders o JOIN payments.payments p ON p.reference = o.id::text
         WHERE p.id = $1 AND o.status = 'placed'`,
        [id],
      );
    });
    expect(placed).toEqual([{ number: done.answer.body.number, placedAt: new Date(done.answer.body.placedAt) }]);
    await expectOnce(done);
  });

  it('is placed once when a hundred webhooks come with the answer, half of them the same', async () => {
    const done = await beforeTheAnswer('cart', async ({ id, chargeId }) => {
      const same = await webhookFor(app, id, { chargeId });
      const answers = await many(100, async (index) => {
        const { body, headers } = index % 2 ? same : await webhookFor(app, id, { chargeId });
        return app.anyone.post(WEBHOOKS, body, headers);
      });
      expect(tally(answers)).toEqual({ 204: 100 });
    });
    await expectOnce(done);
  });

  it('is left as it is by a hundred webhooks after the answer, and by those that come twice and late', async () => {
    const { article, send } = await purchase('one call', 'tok_duplicate_webhook');
    const answer = await send();
    expect(await deliverWebhooks(app)).toBe(3);
    const { id, chargeId } = (await paymentFor(article))!;
    const answers = await many(100, async () => {
      const { body, headers } = await webhookFor(app, id, { chargeId });
      return app.anyone.post(WEBHOOKS, body, headers);
    });
    expect(tally(answers)).toEqual({ 204: 100 });
    await app.runDue();
    const staff = app.as(await app.staff());
    expect((await staff.get(`/v1/orders/${answer.body.id}`)).body).toEqual(answer.body);
    await expectOnce({ article, answer, again: await send() });
  });
});
