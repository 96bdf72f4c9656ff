import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#src/platform/index.js';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';
import { begin, eur, key, ledgerOf, many, paid, QUIET, read } from './support.js';

const app = galley(QUIET);
let staff: Person;
let api: Client;

beforeAll(async () => {
  staff = await app.staff();
  api = app.as(staff);
});

/** Books lines of one transaction by hand, past the code, and commits. */
async function book(lines: { amount: number; currency?: string }[]): Promise<void> {
  const { id: paymentId } = await begin(app);
  await app.db.transaction(async () => {
    const id = newId();
    await app.db.query(
      `INSERT INTO payments.ledger_transactions (id, kind, payment_id, reference) VALUES ($1, 'capture', $2, 'by hand')`,
      [id, paymentId],
    );
    for (const [index, { amount, currency = 'EUR' }] of lines.entries()) {
      await app.db.query(
        'INSERT INTO payments.ledger_entries (transaction_id, line, account, currency, amount) VALUES ($1, $2, $3, $4, $5)',
        [id, index + 1, `test:${index}`, currency, amount],
      );
    }
  });
}

describe('The ledger', () => {
  it('takes what balances, however many lines it has', async () => {
    await expect(book([{ amount: 70 }, { amount: 30 }, { amount: -100 }])).resolves.toBeUndefined();
  });

  it.each([
    ['does not balance', [{ amount: 100 }, { amount: -99 }]],
    ['has one side only', [{ amount: 100 }]],
    ['has no lines', []],
    ['balances only across currencies', [{ amount: 100 }, { amount: -100, currency: 'USD' }]],
  ])('refuses at commit what %s', async (_, lines) => {
    await expect(book(lines)).rejects.toMatchObject({ code: '23514' });
  });

  it('refuses a line that would unbalance an older transaction', async () => {
    const id = await paid(app);
    await expect(
      app.db.query(
        `INSERT INTO payments.ledger_entries (transaction_id, line, account, currency, amount)
         SELECT id, 3, 'test', 'EUR', 1 FROM payments.ledger_transactions WHERE payment_id = $1`,
        [id],
      ),
    ).rejects.toMatchObject({ code: '23514' });
  });

  it.each([
    'UPDATE payments.ledger_entries SET amount = amount + 1',
    'UPDATE payments.ledger_entries SET account = account',
    'DELETE FROM payments.ledger_entries',
    'TRUNCATE payments.ledger_entries',
    `UPDATE payments.ledger_transactions SET reference = 'other'`,
    'UPDATE payments.ledger_transactions SET id = id',
    'DELETE FROM payments.ledger_transactions',
    'TRUNCATE payments.ledger_transactions, payments.ledger_entries',
  ])('lets nobody run %s', async (sql) => {
    await paid(app);
    await expect(app.db.query(sql)).rejects.toMatchObject({ code: '42501' });
  });

  it('books one movement once', async () => {
    const id = await paid(app);
    await expect(
      app.db.query(
        `INSERT INTO payments.ledger_transactions (id, kind, payment_id, reference) VALUES ($1, 'capture', $2, 'again')`,
        [newId(), id],
      ),
    ).rejects.toMatchObject({ constraint: 'uq_ledger_transactions_cause' });
  });

  it('lists entries newest first, page by page, by account, currency, reference and payment', async () => {
    const reference = randomUUID();
    const ids = [await paid(app, { reference }), await paid(app, { reference }), await paid(app, { reference })];
    await api.post(`/v1/payments/${ids[2]}/refunds`, { amount: eur(25) }, key());
    const seen: { paymentId: string; amount: { amount: number } }[] = [];
    let path = `/v1/ledger/entries?reference=${reference}&limit=3`;
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await api.get(cursor === '' ? path : `${path}&cursor=${cursor}`);
      seen.push(...body.data);
      cursor = body.nextCursor;
    }
    expect(seen.map(({ amount }) => amount.amount)).toEqual([-25, 25, 100, -100, 100, -100, 100, -100]);
    expect(seen.map(({ paymentId }) => paymentId)).toEqual([2, 2, 2, 2, 1, 1, 0, 0].map((index) => ids[index]));
    path = `/v1/ledger/entries?paymentId=${ids[2]}&account=receivable:sandbox&currency=EUR`;
    const { data } = (await api.get(path)).body;
    expect(data.map((entry: { kind: string }) => entry.kind)).toEqual(['refund', 'capture']);
    expect((await api.get(`${path}&cursor=nonsense`)).body.code).toBe('invalid_cursor');
    expect((await api.get('/v1/ledger/entries?paymentId=1')).status).toBe(422);
  });

  it('needs permission to be read', async () => {
    const shopper = app.as(await app.shopper());
    expect((await shopper.get('/v1/ledger/entries')).status).toBe(403);
    expect((await shopper.get('/v1/ledger/balances')).status).toBe(403);
  });

  it('agrees with the payments, to the last unit and in each currency, whatever is done to them', async () => {
    const step = fc.record({
      what: fc.constantFrom('refunds', 'captures', 'void'),
      amount: fc.integer({ min: 1, max: 120 }),
    });
    const plan = fc.record({
      amount: fc.integer({ min: 1, max: 100 }),
      currency: fc.constantFrom('EUR', 'JPY', 'KWD'),
      capture: fc.boolean(),
      steps: fc.array(step, { maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(plan, fc.boolean(), async ({ amount, currency, capture, steps }, atOnce) => {
        const id = await paid(app, { amount, currency, capture });
        const run = (index: number) =>
          api.post(
            `/v1/payments/${id}/${steps[index]!.what}`,
            { amount: { amount: steps[index]!.amount, currency } },
            key(),
          );
        if (atOnce) await many(steps.length, run);
        else for (const index of steps.keys()) await run(index);
        const payment = await read(app, staff, id);
        const [authorized, captured, voided, refunded] = ['authorized', 'captured', 'voided', 'refunded'].map(
          (name) => payment[name].amount as number,
        ) as [number, number, number, number];
        expect(authorized).toBe(amount);
        expect(captured + voided).toBeLessThanOrEqual(authorized);
        expect(refunded).toBeLessThanOrEqual(captured);
        const { 'receivable:sandbox': receivable = 0, payments_received: received = 0 } = await ledgerOf(app, id);
        expect(receivable).toBe(captured - refunded);
        expect(receivable + received).toBe(0);
        const [charge] = await app.db.query(
          'SELECT captured, voided, refunded FROM payments.sandbox_charges WHERE idempotency_key = $1',
          [id],
        );
        expect(charge).toEqual({ captured, voided, refunded });
      }),
      { numRuns: 40 },
    );
    const { body } = await api.get('/v1/ledger/balances');
    const sums: Record<string, number> = {};
    for (const { balance } of body.data) sums[balance.currency] = (sums[balance.currency] ?? 0) + balance.amount;
    expect(Object.keys(sums).sort()).toEqual(['EUR', 'JPY', 'KWD']);
    expect(Object.values(sums)).toEqual([0, 0, 0]);
  });
});
