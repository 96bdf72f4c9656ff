import { expect, it } from 'vitest';
import { galley } from '../support/app.js';

const app = galley();
const PATH = '/v1/me/preferences';

it('are what holds without a choice, until there is one', async () => {
  const ada = app.as(await app.shopper());
  expect((await ada.get(PATH)).body).toEqual({
    language: null,
    currency: null,
    marketing: { granted: false, source: null, at: null },
    notifications: { orderUpdates: true, backInStock: false },
  });
});

it('are set as a whole, each shopper’s own', async () => {
  const ada = app.as(await app.shopper());
  const wish = {
    language: 'de-DE',
    currency: 'CHF',
    marketing: { granted: true, source: 'checkout' },
    notifications: { orderUpdates: false, backInStock: true },
  };
  const { status, body } = await ada.put(PATH, wish);
  expect([status, body]).toEqual([
    200,
    { ...wish, marketing: { granted: true, source: 'checkout', at: expect.stringMatching(/^\d{4}-/) } },
  ]);
  expect((await ada.get(PATH)).body).toEqual(body);
  const cleared = (await ada.put(PATH, { notifications: { backInStock: true } })).body;
  expect(cleared).toMatchObject({ language: null, notifications: { orderUpdates: true, backInStock: true } });
  expect(cleared.marketing).toEqual(body.marketing);
  expect((await app.as(await app.shopper()).get(PATH)).body.marketing.granted).toBe(false);
});

it('keep every answer about advertising, with its time and source, and none twice', async () => {
  const person = await app.shopper();
  const answer = (granted: boolean, source: string) => app.as(person).put(PATH, { marketing: { granted, source } });
  await Promise.all(Array.from({ length: 5 }, () => answer(true, 'checkout')));
  await answer(false, 'account');
  await answer(true, 'newsletter');
  const rows = await app.db.query('SELECT marketing, source FROM customers.consents WHERE user_id = $1 ORDER BY id', [
    person.id,
  ]);
  expect(rows).toEqual([
    { marketing: true, source: 'checkout' },
    { marketing: false, source: 'account' },
    { marketing: true, source: 'newsletter' },
  ]);
  const changing = app.db.query('UPDATE customers.consents SET marketing = true WHERE user_id = $1', [person.id]);
  await expect(changing).rejects.toThrow();
});

it('tell what was answered last by the clock of the database, whatever those of processes say', async () => {
  const person = await app.shopper();
  const answer = (granted: boolean) => app.as(person).put(PATH, { marketing: { granted, source: 'account' } });
  await answer(true);
  // By a process whose clock is ahead.
  await app.db.query(
    `INSERT INTO customers.consents (id, user_id, marketing, source, created_at)
     VALUES ('ffffffff-ffff-7fff-bfff-ffffffffffff', $1, false, 'ahead', clock_timestamp())`,
    [person.id],
  );
  await answer(true);
  expect((await app.as(person).get(PATH)).body.marketing.granted).toBe(true);
});

it.each([
  [{ language: 'klingon!' }, '/language'],
  [{ currency: 'XXL' }, '/currency'],
  [{ marketing: { granted: 'yes', source: 'x' } }, '/marketing/granted'],
  [{ marketing: { granted: true } }, '/marketing/source'],
  [{ notifications: { orderUpdates: 1 } }, '/notifications/orderUpdates'],
])('%j is refused at %s', async (wish, pointer) => {
  const { status, body } = await app.as(await app.shopper()).put(PATH, wish);
  expect([status, body.errors[0].pointer]).toEqual([422, pointer]);
});
