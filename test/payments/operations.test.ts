import { beforeAll, describe, expect, it } from 'vitest';
import { Jobs } from '#src/platform/index.js';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';
import {
  chargesFor,
  deliverWebhooks,
  eur,
  eventsOf,
  key,
  ledgerOf,
  many,
  operationsAt,
  paid,
  pay,
  QUIET,
  read,
  sweep,
  tally,
} from './support.js';

const app = galley(QUIET);
let staff: Person;
let api: Client;

beforeAll(async () => {
  staff = await app.staff();
  api = app.as(staff);
});

const refund = (id: string, body: object = {}, headers = key()) =>
  api.post(`/v1/payments/${id}/refunds`, body, headers);
const capture = (id: string, body: object = {}, headers = key()) =>
  api.post(`/v1/payments/${id}/captures`, body, headers);
const voidIt = (id: string, body: object = {}, headers = key()) => api.post(`/v1/payments/${id}/void`, body, headers);

describe('A refund', () => {
  it('gives back all that is left when no amount is named, and says where to read it', async () => {
    const id = await paid(app);
    const { status, body, headers } = await refund(id, { reason: 'Broken mug' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ kind: 'refund', status: 'succeeded', amount: eur(100), reason: 'Broken mug' });
    expect(body.payment).toMatchObject({ id, status: 'refunded', refunded: eur(100), refundable: eur(0) });
    expect((await api.get(headers['location']!)).body).toMatchObject({
      id: body.id,
      paymentId: id,
      status: 'succeeded',
    });
    expect(await ledgerOf(app, id)).toEqual({ 'receivable:sandbox': 0, payments_received: 0 });
    expect(await eventsOf(app, id)).toEqual(['captured', 'refunded']);
  });

  it('adds up in parts, and never above what was captured', async () => {
    const id = await paid(app);
    expect((await refund(id, { amount: eur(30) })).body.payment).toMatchObject({ status: 'partially_refunded' });
    expect((await refund(id, { amount: eur(30) })).body.payment.refundable).toEqual(eur(40));
    const over = await refund(id, { amount: eur(41) });
    expect(over).toMatchObject({ status: 409, body: { code: 'amount_exceeds_refundable', left: eur(40) } });
    expect((await refund(id)).body).toMatchObject({ amount: eur(40), payment: { status: 'refunded' } });
    expect(await refund(id)).toMatchObject({ status: 409, body: { left: eur(0) } });
    const { operations } = await read(app, staff, id);
    expect(operations.map(({ amount }: { amount: object }) => amount)).toEqual([eur(30), eur(30), eur(40)]);
  });

  it('of 60 on 100 captured succeeds once when twenty callers ask at once', async () => {
    const id = await paid(app);
    const answers = await many(20, () => refund(id, { amount: eur(60) }));
    expect(tally(answers)).toEqual({ 201: 1, 409: 19 });
    const refused = answers.filter(({ status }) => status === 409);
    expect(new Set(refused.map(({ body }) => body.code))).toEqual(new Set(['amount_exceeds_refundable']));
    expect(await read(app, staff, id)).toMatchObject({ refunded: eur(60), status: 'partially_refunded' });
    expect(await operationsAt(app, id)).toEqual([{ kind: 'refund', amount: 60 }]);
    expect(await ledgerOf(app, id)).toEqual({ 'receivable:sandbox': 40, payments_received: -40 });
  });

  it('is made once when fifty requests share one Idempotency-Key', async () => {
    const id = await paid(app);
    const headers = key();
    const answers = await many(50, () => refund(id, { amount: eur(10) }, headers));
    expect(Object.keys(tally(answers)).every((status) => status === '201' || status === '409')).toBe(true);
    const made = answers.filter(({ status }) => status === 201);
    expect(made.length).toBeGreaterThan(0);
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
    const busy = answers.filter(({ status }) => status === 409);
    expect(busy.every(({ body }) => body.code === 'idempotency_in_progress')).toBe(true);
    expect(await read(app, staff, id)).toMatchObject({ refunded: eur(10), operations: [{ id: made[0]!.body.id }] });
    expect(await operationsAt(app, id)).toEqual([{ kind: 'refund', amount: 10 }]);
    expect(await chargesFor(app, id)).toBe(1);
    expect(await ledgerOf(app, id)).toEqual({ 'receivable:sandbox': 90, payments_received: -90 });
    expect(await eventsOf(app, id)).toEqual(['captured', 'refunded']);
    const replay = await refund(id, { amount: eur(10) }, headers);
    expect(replay.headers).toMatchObject({ 'idempotency-replayed': 'true', location: made[0]!.headers['location'] });
    expect(replay.body).toEqual(made[0]!.body);
    expect((await refund(id, { amount: eur(11) }, headers)).body.code).toBe('idempotency_key_reused');
  });

  it('whose answer was lost is finished by its retry, once', async () => {
    const id = await paid(app, { token: 'tok_refund_timeout' });
    const headers = key();
    const lost = await refund(id, { amount: eur(60) }, headers);
    expect(lost).toMatchObject({ status: 504, body: { code: 'payment_outcome_unknown' } });
    expect(await read(app, staff, id)).toMatchObject({ refunded: eur(0), refundable: eur(40) });
    expect((await refund(id, { amount: eur(60) })).status).toBe(409);
    const retried = await refund(id, { amount: eur(60) }, headers);
    expect(retried).toMatchObject({ status: 201, body: { payment: { refunded: eur(60) } } });
    expect((await read(app, staff, id)).operations).toHaveLength(1);
    expect(await operationsAt(app, id)).toEqual([{ kind: 'refund', amount: 60 }]);
  });

  it.each(['sweep', 'webhook'])('whose answer was lost is finished by the %s, once', async (by) => {
    const id = await paid(app, { token: 'tok_refund_timeout' });
    const headers = key();
    expect((await refund(id, {}, headers)).status).toBe(504);
    if (by === 'sweep') await sweep(app, id);
    else await deliverWebhooks(app);
    expect(await read(app, staff, id)).toMatchObject({ status: 'refunded', operations: [{ status: 'succeeded' }] });
    expect(await refund(id, {}, headers)).toMatchObject({ status: 201, body: { payment: { refunded: eur(100) } } });
    await deliverWebhooks(app);
    await sweep(app, id);
    expect(await ledgerOf(app, id)).toEqual({ 'receivable:sandbox': 0, payments_received: 0 });
    expect(await eventsOf(app, id)).toEqual(['captured', 'refunded']);
  });

  it('that the provider refuses sets nothing aside, and its retry is refused the same', async () => {
    const id = await paid(app, { token: 'tok_refund_failed' });
    const headers = key();
    const refused = await refund(id, {}, headers);
    expect(refused).toMatchObject({
      status: 402,
      body: { code: 'payment_operation_refused', failureCode: 'refund_failed' },
    });
    const again = await refund(id, {}, headers);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toEqual(refused.body);
    expect(await read(app, staff, id)).toMatchObject({ refundable: eur(100), operations: [{ status: 'failed' }] });
    expect(await ledgerOf(app, id)).toEqual({ 'receivable:sandbox': 100, payments_received: -100 });
  });

  it('is refused before capture, in another currency, for nothing, without a key and without permission', async () => {
    const { payment } = await pay(app, { capture: false });
    expect((await refund(payment.id)).body).toMatchObject({ code: 'amount_exceeds_refundable', left: eur(0) });
    const id = await paid(app);
    expect((await refund(id, { amount: { amount: 10, currency: 'USD' } })).body.code).toBe('currency_mismatch');
    for (const amount of [0, -1, 1.5, '10', 1e15]) {
      expect((await refund(id, { amount: { amount, currency: 'EUR' } })).status).toBe(422);
    }
    expect((await api.post(`/v1/payments/${id}/refunds`, {})).body.code).toBe('idempotency_key_required');
    const support = app.as(await app.shopper());
    expect((await support.post(`/v1/payments/${id}/refunds`, {}, key())).status).toBe(403);
    expect((await app.anyone.post(`/v1/payments/${id}/refunds`, {}, key())).status).toBe(401);
    expect((await refund('00000000-0000-7000-8000-000000000000')).status).toBe(404);
    expect((await read(app, staff, id)).refundable).toEqual(eur(100));
  });
});

describe('A capture', () => {
  it('takes parts, then the rest', async () => {
    const id = await paid(app, { capture: false });
    expect((await capture(id, { amount: eur(40) })).body.payment).toMatchObject({
      status: 'partially_captured',
      capturable: eur(60),
    });
    expect(await capture(id, { amount: eur(61) })).toMatchObject({
      status: 409,
      body: { code: 'amount_exceeds_capturable', left: eur(60) },
    });
    expect((await capture(id)).body.payment).toMatchObject({ status: 'captured', captured: eur(100) });
    expect(await ledgerOf(app, id)).toEqual({ 'receivable:sandbox': 100, payments_received: -100 });
    expect(await eventsOf(app, id)).toEqual(['authorized', 'captured', 'captured']);
  });

  it('never exceeds what was authorised, however many callers capture and void at once', async () => {
    const id = await paid(app, { capture: false });
    const answers = await many(30, (index) =>
      index % 3 === 0 ? voidIt(id, { amount: eur(30) }) : capture(id, { amount: eur(30) }),
    );
    expect(tally(answers)).toEqual({ 201: 3, 409: 27 });
    const { captured, voided, capturable } = await read(app, staff, id);
    expect(captured.amount + voided.amount).toBe(90);
    expect(capturable).toEqual(eur(10));
    const { receivable = 0 } = { receivable: (await ledgerOf(app, id))['receivable:sandbox'] };
    expect(receivable).toBe(captured.amount);
  });

  it('is refused while the payment waits for its payer', async () => {
    const { payment } = await pay(app, { token: 'tok_requires_action' });
    expect(await capture(payment.id)).toMatchObject({ status: 409, body: { code: 'payment_not_ready' } });
  });

  it('of a payment by another way is staff’s word that the money is there', async () => {
    const { payment } = await pay(app, { provider: 'manual', token: 'bank_transfer' });
    expect(payment.status).toBe('authorized');
    expect((await capture(payment.id)).body.payment.status).toBe('captured');
    expect(await ledgerOf(app, payment.id)).toEqual({ 'receivable:manual': 100, payments_received: -100 });
    expect(await chargesFor(app, payment.id)).toBe(0);
    expect((await refund(payment.id)).body.payment.status).toBe('refunded');
  });
});

describe('A void', () => {
  it('sets free what was authorised', async () => {
    const id = await paid(app, { capture: false });
    expect((await voidIt(id)).body.payment).toMatchObject({ status: 'voided', voided: eur(100), captured: eur(0) });
    expect((await voidIt(id)).status).toBe(409);
    expect((await capture(id)).status).toBe(409);
    expect(await eventsOf(app, id)).toEqual(['authorized', 'voided']);
    expect(await ledgerOf(app, id)).toEqual({});
  });

  it('of what was not captured leaves the payment captured', async () => {
    const id = await paid(app, { capture: false });
    await capture(id, { amount: eur(40) });
    expect((await voidIt(id)).body.payment).toMatchObject({ status: 'captured', captured: eur(40), voided: eur(60) });
    expect((await refund(id)).body.payment.status).toBe('refunded');
  });

  it('gives up a payment that waits for its payer, who can pay no more', async () => {
    const { payment } = await pay(app, { token: 'tok_requires_action' });
    const answers = await many(5, () => voidIt(payment.id));
    expect(tally(answers)).toEqual({ 201: 1, 409: 4 });
    expect(await read(app, staff, payment.id)).toMatchObject({ status: 'voided', nextAction: null });
    const path = new URL(payment.nextAction!.url).pathname;
    expect((await app.anyone.post(path, { result: 'approve' })).body.status).toBe('voided');
  });
});

describe('A process that died in the middle of a refund', () => {
  it('has it finished by the sweep, when it died before the provider was asked', async () => {
    const id = await paid(app);
    const { Operations } = await import('#src/payments/operations/operations.service.js');
    const { newId } = await import('#src/platform/index.js');
    await app.service(Operations).start({ id: newId(), paymentId: id, kind: 'refund', amount: eur(70) });
    expect(await read(app, staff, id)).toMatchObject({ refundable: eur(30), operations: [{ status: 'processing' }] });
    await app.service(Jobs).run('payments.sweep');
    expect((await read(app, staff, id)).refunded).toEqual(eur(0));
    await sweep(app, id);
    expect(await read(app, staff, id)).toMatchObject({ refunded: eur(70), operations: [{ status: 'succeeded' }] });
  });
});
