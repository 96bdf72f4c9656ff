import { beforeAll, describe, expect, it } from 'vitest';
import { deliverWebhooks, eur, eventsOf, key, ledgerOf, paid, read, sweep } from '../payments/support.js';
import { galley, type Person } from '../support/app.js';
import { Client } from '../support/client.js';
import { startProcess } from '../support/process.js';

// A short lease lets the retry take over at once what the dead process had claimed.
const ENVIRONMENT = { GALLEY_IDEMPOTENCY_LEASE: '1', GALLEY_SANDBOX_WEBHOOK_DELAY_MS: '-1' };
const app = galley(ENVIRONMENT);
let staff: Person;

beforeAll(async () => {
  staff = await app.staff();
});

/** Between any two steps of a refund; `sandbox.operated`: the money has gone back, and nobody here knows. */
const CASES = [
  ['operation.begun', 'retry'],
  ['operation.begun', 'sweep'],
  ['sandbox.operated', 'retry'],
  ['sandbox.operated', 'sweep'],
  ['sandbox.operated', 'webhook'],
  ['operation.answered', 'retry'],
  ['operation.answered', 'webhook'],
  ['operation.settling', 'sweep'],
] as const;

/** Asks again until the lease of the dead process has run out. */
async function insist(refund: (client: Client) => ReturnType<Client['post']>) {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const answer = await refund(app.as(staff));
    if (answer.body.code !== 'idempotency_in_progress' || Date.now() > deadline) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('A refund whose process is killed', () => {
  it.each(CASES)('at %s is made exactly once, ended by %s', async (point, ending) => {
    const id = await paid(app);
    const headers = key();
    const refund = (client: Client) => client.post(`/v1/payments/${id}/refunds`, { amount: eur(60) }, headers);
    const dying = await startProcess({
      ...ENVIRONMENT,
      DATABASE_URL: app.databaseUrl,
      GALLEY_FAULT: point,
      GALLEY_ROLE: 'api',
    });
    await expect(refund(new Client(dying.url, staff.accessToken))).rejects.toThrow();
    await dying.gone;
    expect((await read(app, staff, id)).refundable).toEqual(eur(40));
    if (ending === 'webhook') await deliverWebhooks(app);
    if (ending === 'sweep') await sweep(app, id);
    const answer = await insist(refund);
    expect(answer).toMatchObject({ status: 201, body: { status: 'succeeded', payment: { refunded: eur(60) } } });
    await deliverWebhooks(app);
    await sweep(app, id);
    expect(await read(app, staff, id)).toMatchObject({
      refunded: eur(60),
      refundable: eur(40),
      operations: [{ id: answer.body.id, status: 'succeeded' }],
    });
    expect(await ledgerOf(app, id)).toEqual({ 'receivable:sandbox': 40, payments_received: -40 });
    expect(await eventsOf(app, id)).toEqual(['captured', 'refunded']);
  });
});
