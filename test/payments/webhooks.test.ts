import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { Payments } from '#src/payments/index.js';
import { SandboxSecret } from '#src/payments/sandbox/sandbox-secret.service.js';
import { Jobs, newId } from '#src/platform/index.js';
import { galley, type Person } from '../support/app.js';
import {
  begin,
  deliverWebhooks,
  eventsOf,
  ledgerOf,
  many,
  paid,
  pay,
  QUIET,
  read,
  tally,
  WEBHOOKS,
  webhookFor,
} from './support.js';

const ONCE = { 'receivable:sandbox': 100, payments_received: -100 };

const app = galley(QUIET);
let staff: Person;

beforeAll(async () => {
  staff = await app.staff();
  await app.db.query('SELECT 1');
});

describe('A webhook of a payment provider', () => {
  it('settles the payment before the answer comes, and the answer changes nothing', async () => {
    const payment = await begin(app);
    const outcome = await app.service(Payments).perform(payment, { token: 'tok_ok' });
    expect(await deliverWebhooks(app)).toBe(1);
    expect((await read(app, staff, payment.id)).status).toBe('captured');
    const settled = await app.db.transaction(() => app.service(Payments).settle(payment.id, outcome));
    expect(settled).toMatchObject({ changed: false, payment: { status: 'captured' } });
    expect(await ledgerOf(app, payment.id)).toEqual(ONCE);
    expect(await eventsOf(app, payment.id)).toEqual(['captured']);
  });

  it('changes nothing after the answer', async () => {
    const id = await paid(app);
    const before = await read(app, staff, id);
    expect(await deliverWebhooks(app)).toBe(1);
    expect(await read(app, staff, id)).toEqual(before);
    expect(await ledgerOf(app, id)).toEqual(ONCE);
  });

  it('counts once when it comes twice and an older one comes last', async () => {
    const id = await paid(app, { token: 'tok_duplicate_webhook' });
    expect(await deliverWebhooks(app)).toBe(3);
    expect((await read(app, staff, id)).status).toBe('captured');
    expect(await ledgerOf(app, id)).toEqual(ONCE);
    expect(await eventsOf(app, id)).toEqual(['captured']);
  });

  it('counts once when it comes out of order before the answer', async () => {
    const payment = await begin(app);
    await app.service(Payments).perform(payment, { token: 'tok_duplicate_webhook' });
    expect(await deliverWebhooks(app)).toBe(3);
    expect(await ledgerOf(app, payment.id)).toEqual(ONCE);
    expect(await eventsOf(app, payment.id)).toEqual(['captured']);
  });

  it('counts once when it comes a hundred times at once', async () => {
    const { id } = await begin(app);
    const { body, headers } = await webhookFor(app, id);
    const answers = await many(100, () => app.anyone.post(WEBHOOKS, body, headers));
    expect(tally(answers)).toEqual({ 204: 100 });
    expect(await ledgerOf(app, id)).toEqual(ONCE);
    expect(await eventsOf(app, id)).toEqual(['captured']);
  });

  it('has one effect when a hundred different events tell the same at once, while the answer is saved', async () => {
    const payment = await begin(app);
    const outcome = await app.service(Payments).perform(payment, { token: 'tok_ok' });
    const chargeId = (outcome.providerReference ?? '').slice(4);
    const answers = await many(100, async () => {
      const { body, headers } = await webhookFor(app, payment.id, { chargeId });
      const settled = app.db.transaction(() => app.service(Payments).settle(payment.id, outcome));
      const [answer] = await Promise.all([app.anyone.post(WEBHOOKS, body, headers), settled]);
      return answer;
    });
    expect(tally(answers)).toEqual({ 204: 100 });
    expect(await ledgerOf(app, payment.id)).toEqual(ONCE);
    expect(await eventsOf(app, payment.id)).toEqual(['captured']);
  });

  it.each([
    ['a body that was changed', (body: string) => body.replace('captured', 'declined'), {}],
    ['another event id', (body: string) => body, { 'webhook-id': 'evt_other' }],
    [
      'a made-up signature',
      (body: string) => body,
      { 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` },
    ],
    ['a signature that is none', (body: string) => body, { 'webhook-signature': 'v1' }],
    ['no signature', (body: string) => body, { 'webhook-signature': '' }],
    ['a timestamp that is none', (body: string) => body, { 'webhook-timestamp': 'yesterday' }],
  ])('is refused with %s', async (_, forge, forged) => {
    const { id } = await begin(app);
    const { body, headers, eventId } = await webhookFor(app, id);
    const answer = await app.anyone.post(WEBHOOKS, forge(body), { ...headers, ...forged });
    expect(answer).toMatchObject({ status: 401, body: { code: 'webhook_signature_invalid' } });
    expect((await read(app, staff, id)).status).toBe('processing');
    expect(await app.db.query('SELECT 1 FROM payments.inbox WHERE event_id = $1', [eventId])).toEqual([]);
  });

  it.each([-301, 301])('is refused when its timestamp is %s seconds off', async (seconds) => {
    const { id } = await begin(app);
    const { body, headers } = await webhookFor(app, id, { at: new Date(Date.now() + seconds * 1000) });
    expect((await app.anyone.post(WEBHOOKS, body, headers)).status).toBe(401);
    expect((await read(app, staff, id)).status).toBe('processing');
  });

  it('is kept when nothing here matches it yet, and counts once something does', async () => {
    const paymentId = newId();
    const { body, headers, eventId } = await webhookFor(app, paymentId);
    expect((await app.anyone.post(WEBHOOKS, body, headers)).status).toBe(204);
    await app.db.query(
      `INSERT INTO payments.payments (id, reference, provider, currency, amount, capture_at_once)
       VALUES ($1, $2, 'sandbox', 'EUR', 100, true)`,
      [paymentId, randomUUID()],
    );
    await app.db.query('UPDATE payments.inbox SET due_at = now() WHERE event_id = $1', [eventId]);
    await app.service(Jobs).run('payments.sweep');
    expect((await read(app, staff, paymentId)).status).toBe('captured');
    const [row] = await app.db.query('SELECT processed_at, due_at FROM payments.inbox WHERE event_id = $1', [eventId]);
    expect(row).toMatchObject({ processed_at: expect.any(Date), due_at: null });
  });

  it('is accepted and kept when it is about something odd', async () => {
    const body = JSON.stringify({
      type: 'x',
      data: { object: 'charge', id: 'x', key: 'not-an-id', status: 'captured' },
    });
    const headers = await app.service(SandboxSecret).sign('evt_odd', body);
    expect((await app.anyone.post(WEBHOOKS, body, headers)).status).toBe(204);
    expect(
      await app.db.query(`SELECT 1 FROM payments.inbox WHERE event_id = 'evt_odd' AND processed_at IS NULL`),
    ).toHaveLength(1);
    const other = JSON.stringify({ type: 'balance.changed', data: { object: 'balance' } });
    const signed = await app.service(SandboxSecret).sign('evt_other_kind', other);
    expect((await app.anyone.post(WEBHOOKS, other, signed)).status).toBe(204);
  });

  it('is a 404 for a provider that sends none', async () => {
    const { body, headers } = await webhookFor(app, newId());
    expect((await app.anyone.post('/v1/payments/webhooks/nobody', body, headers)).status).toBe(404);
    expect((await app.anyone.post('/v1/payments/webhooks/manual', body, headers)).status).toBe(404);
  });

  it('comes again with back-off until Galley can be reached', async () => {
    await deliverWebhooks(app);
    const { SandboxSettings } = await import('#src/payments/sandbox/sandbox.settings.js');
    const settings = app.service(SandboxSettings);
    const { payment } = await pay(app, { token: 'tok_requires_action' });
    settings.webhookUrl = 'http://127.0.0.1:9';
    expect(await deliverWebhooks(app)).toBe(0);
    settings.webhookUrl = undefined as unknown as string;
    expect(await deliverWebhooks(app)).toBe(0);
    await app.db.query('UPDATE payments.sandbox_webhooks SET due_at = now() WHERE delivered_at IS NULL');
    expect(await deliverWebhooks(app)).toBe(1);
    expect((await read(app, staff, payment.id)).status).toBe('requires_action');
  });
});
