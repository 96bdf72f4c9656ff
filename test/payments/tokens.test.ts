import { beforeAll, describe, expect, it } from 'vitest';
import { Payments } from '#src/payments/index.js';
import { galley, type Person } from '../support/app.js';
import { begin, chargesFor, deliverWebhooks, eventsOf, ledgerOf, many, pay, QUIET, read, sweep } from './support.js';

const app = galley(QUIET);
let staff: Person;
const payments = () => app.service(Payments);
const settle = (id: string, outcome: Parameters<Payments['settle']>[1]) =>
  app.db.transaction(() => payments().settle(id, outcome));

beforeAll(async () => {
  staff = await app.staff();
});

describe('A payment through the sandbox', () => {
  it('takes the money at once with tok_ok', async () => {
    const { payment, changed } = await pay(app, { amount: 1999 });
    expect(changed).toBe(true);
    expect(await read(app, staff, payment.id)).toMatchObject({
      status: 'captured',
      amount: { amount: 1999, currency: 'EUR' },
      authorized: { amount: 1999 },
      captured: { amount: 1999 },
      refundable: { amount: 1999 },
      capturable: { amount: 0 },
    });
    expect(await eventsOf(app, payment.id)).toEqual(['captured']);
    expect(await ledgerOf(app, payment.id)).toEqual({ 'receivable:sandbox': 1999, payments_received: -1999 });
  });

  it('only sets the money aside when capture is left to staff', async () => {
    const { payment } = await pay(app, { capture: false });
    expect(payment.status).toBe('authorized');
    expect(await eventsOf(app, payment.id)).toEqual(['authorized']);
    expect(await ledgerOf(app, payment.id)).toEqual({});
  });

  it.each([
    ['tok_declined', 'card_declined'],
    ['tok_insufficient_funds', 'insufficient_funds'],
    ['tok_nobody_knows', 'invalid_token'],
    ['toString', 'invalid_token'],
  ])('declines %s as %s', async (token, code) => {
    const { payment } = await pay(app, { token });
    expect(await read(app, staff, payment.id)).toMatchObject({ status: 'declined', failureCode: code });
    expect(await eventsOf(app, payment.id)).toEqual(['failed']);
  });

  it('fails cleanly when the provider breaks, and nothing is charged', async () => {
    const { payment } = await pay(app, { token: 'tok_error' });
    expect(payment).toMatchObject({ status: 'failed', failureCode: 'provider_error' });
    expect(await chargesFor(app, payment.id)).toBe(0);
  });

  it('waits for a slow answer', async () => {
    expect((await pay(app, { token: 'tok_slow' })).payment.status).toBe('captured');
  });

  it('finds the charge of a lost answer on a retry, and charges once', async () => {
    const payment = await begin(app);
    const perform = (resume: boolean) => payments().perform(payment, { token: 'tok_timeout_charged', resume });
    await expect(perform(false)).rejects.toMatchObject({ problem: { code: 'payment_outcome_unknown' } });
    const taken = await app.db.transaction(() => payments().takeOver(payment.id));
    expect(taken?.status).toBe('processing');
    expect((await settle(payment.id, await perform(true))).payment.status).toBe('captured');
    expect(await chargesFor(app, payment.id)).toBe(1);
  });

  it('charges once, however often it is asked under one key', async () => {
    const payment = await begin(app);
    const outcomes = await many(20, () => payments().perform(payment, { token: 'tok_ok' }));
    const settled = await many(20, (index) => settle(payment.id, outcomes[index]!));
    expect(settled.filter(({ changed }) => changed)).toHaveLength(1);
    expect(await chargesFor(app, payment.id)).toBe(1);
    expect(await ledgerOf(app, payment.id)).toEqual({ 'receivable:sandbox': 100, payments_received: -100 });
    expect(await eventsOf(app, payment.id)).toEqual(['captured']);
  });

  it('lets the sweep find the charge of a lost answer', async () => {
    const payment = await begin(app);
    await expect(payments().perform(payment, { token: 'tok_timeout_charged' })).rejects.toThrow();
    await sweep(app, payment.id);
    expect((await read(app, staff, payment.id)).status).toBe('captured');
  });

  it('lets the sweep conclude that a lost request charged nothing', async () => {
    const payment = await begin(app);
    await expect(payments().perform(payment, { token: 'tok_timeout_uncharged' })).rejects.toThrow();
    await app.service(Payments).lookup(payment);
    expect((await read(app, staff, payment.id)).status).toBe('processing');
    await sweep(app, payment.id);
    expect(await read(app, staff, payment.id)).toMatchObject({ status: 'failed', failureCode: 'abandoned' });
    expect(await eventsOf(app, payment.id)).toEqual(['failed']);
  });

  it('does not sweep a payment whose request still runs', async () => {
    const payment = await begin(app);
    await app.db.query(`UPDATE payments.payments SET due_at = now() WHERE id <> $1 AND due_at IS NOT NULL`, [
      payment.id,
    ]);
    const { Jobs } = await import('#src/platform/index.js');
    await app.service(Jobs).run('payments.sweep');
    expect((await read(app, staff, payment.id)).status).toBe('processing');
  });

  it('sends money back that arrives after the payment was given up', async () => {
    const payment = await begin(app);
    await sweep(app, payment.id);
    const late = await settle(payment.id, await payments().perform(payment, { token: 'tok_ok' }));
    expect(late.payment.cancelRequestedAt).not.toBeNull();
    await sweep(app, payment.id);
    expect(await read(app, staff, payment.id)).toMatchObject({ status: 'refunded', refunded: { amount: 100 } });
    expect(await ledgerOf(app, payment.id)).toEqual({ 'receivable:sandbox': 0, payments_received: 0 });
    expect(await eventsOf(app, payment.id)).toEqual(['failed', 'refunded']);
  });
});

describe('A payment that the payer must confirm', () => {
  const act = async (result: string, capture = true) => {
    const { payment } = await pay(app, { token: 'tok_requires_action', capture });
    expect(payment.status).toBe('requires_action');
    const path = new URL(payment.nextAction!.url).pathname;
    expect((await app.anyone.get(path)).body).toMatchObject({ status: 'requires_action', amount: { amount: 100 } });
    expect((await app.anyone.post(path, { result })).status).toBe(200);
    await deliverWebhooks(app);
    return { path, payment: await read(app, staff, payment.id) };
  };

  it('is captured by the webhook once approved', async () => {
    const { payment } = await act('approve');
    expect(payment).toMatchObject({ status: 'captured', nextAction: null });
    expect(await eventsOf(app, payment.id)).toEqual(['requires_action', 'captured']);
  });

  it('is only authorized when capture is left to staff', async () => {
    expect((await act('approve', false)).payment.status).toBe('authorized');
  });

  it('is declined once rejected, and stays so', async () => {
    const { payment, path } = await act('reject');
    expect(payment).toMatchObject({ status: 'declined', failureCode: 'authentication_failed' });
    expect((await app.anyone.post(path, { result: 'approve' })).body.status).toBe('declined');
  });

  it('is voided when the payer never comes back', async () => {
    const { payment } = await pay(app, { token: 'tok_requires_action' });
    await app.db.query(`UPDATE payments.payments SET created_at = now() - interval '2 hours' WHERE id = $1`, [
      payment.id,
    ]);
    await sweep(app, payment.id);
    expect(await read(app, staff, payment.id)).toMatchObject({ status: 'voided', nextAction: null });
    const path = new URL(payment.nextAction!.url).pathname;
    expect((await app.anyone.post(path, { result: 'approve' })).body.status).toBe('voided');
    expect(await eventsOf(app, payment.id)).toEqual(['requires_action', 'voided']);
  });

  it('refuses other answers and unknown actions', async () => {
    const { payment } = await pay(app, { token: 'tok_requires_action' });
    const path = new URL(payment.nextAction!.url).pathname;
    expect((await app.anyone.post(path, { result: 'maybe' })).status).toBe(422);
    expect((await app.anyone.get(`/v1/payments/sandbox/actions/${payment.id}`)).status).toBe(404);
  });
});
