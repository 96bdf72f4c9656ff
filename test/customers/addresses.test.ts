import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleOf, fitsCountry } from '#src/customers/addresses/postal-rules.js';
import { walk } from '../catalog/catalog-support.js';
import { ADDRESS, makeArticle } from '../orders/shop.js';
import { galley, type Person } from '../support/app.js';

const app = galley();
const HOME = { name: 'Ada', line1: '12 Harbour Street', city: 'Bremen', postalCode: '28195', country: 'DE' };

const add = (person: Person, address: object = {}) => app.as(person).post('/v1/me/addresses', { ...HOME, ...address });
const all = async (person: Person) => (await app.as(person).get('/v1/me/addresses')).body.data;
const defaultsOf = async (person: Person): Promise<string[]> =>
  (await all(person)).map(
    ({ defaultShipping, defaultBilling }: { defaultShipping: boolean; defaultBilling: boolean }) =>
      `${defaultShipping ? 's' : ''}${defaultBilling ? 'b' : ''}`,
  );
const pathOf = ({ body }: { body: { id: string } }) => `/v1/me/addresses/${body.id}`;

describe('An address', () => {
  it('is added, read, replaced and removed by its owner', async () => {
    const ada = await app.shopper();
    const added = await add(ada, { phone: '+49 421 1' });
    expect([added.status, added.headers['location']]).toEqual([201, pathOf(added)]);
    expect((await app.as(ada).get(pathOf(added))).body).toEqual(added.body);
    const replaced = await app.as(ada).put(pathOf(added), { ...HOME, city: 'Kiel', postalCode: '24103' });
    expect(replaced.body).toMatchObject({ city: 'Kiel', phone: null, defaultShipping: true, defaultBilling: true });
    expect((await app.as(ada).delete(pathOf(added))).status).toBe(204);
    expect(await all(ada)).toEqual([]);
  });

  it('of another shopper is not there', async () => {
    const added = await add(await app.shopper());
    const other = app.as(await app.shopper());
    expect((await other.get(pathOf(added))).status).toBe(404);
    expect((await other.put(pathOf(added), { ...HOME, defaultShipping: true })).status).toBe(404);
    expect((await other.delete(pathOf(added))).status).toBe(404);
    expect((await other.get('/v1/me/addresses')).body.data).toEqual([]);
  });

  it('is the default when it is the first, takes it from the other, and passes it on when it goes', async () => {
    const ada = await app.shopper();
    await add(ada);
    const second = await add(ada, { defaultBilling: true });
    await add(ada);
    expect(await defaultsOf(ada)).toEqual(['s', 'b', '']);
    await app.as(ada).delete(pathOf(second));
    expect(await defaultsOf(ada)).toEqual(['s', 'b']);
  });

  it('is one default at most, however many become it at once', async () => {
    const ada = await app.shopper();
    await Promise.all(Array.from({ length: 12 }, () => add(ada, { defaultShipping: true, defaultBilling: true })));
    expect((await defaultsOf(ada)).filter((defaults) => defaults !== '')).toEqual(['sb']);
  });

  it('is one of fifty at most, however many are added at once', async () => {
    const ada = await app.shopper();
    const answers = await Promise.all(Array.from({ length: 55 }, () => add(ada)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(50);
    expect(answers.find(({ status }) => status !== 201)?.body.code).toBe('too_many_addresses');
    expect(await walk((path) => app.as(ada).get(path), '/v1/me/addresses?limit=7')).toHaveLength(50);
  });
});

describe('A postal code', () => {
  it.each([
    [{ country: 'DE', postalCode: '2819' }, '/postalCode', 'is no postal code of Germany, such as 10115.'],
    [{ country: 'NL', postalCode: undefined }, '/postalCode', 'is needed in Netherlands, such as 1011 AB.'],
    [{ country: 'NL', postalCode: null }, '/postalCode', 'is needed in Netherlands, such as 1011 AB.'],
    [{ country: 'GB', postalCode: '28195' }, '/postalCode', 'is no postal code of United Kingdom, such as SW1A 1AA.'],
    [{ country: 'US', postalCode: '10001' }, '/region', 'is needed in United States.'],
    [{ country: 'US', postalCode: '10001', region: ' ' }, '/region', 'is needed in United States.'],
  ])('%j is refused with what would be right', async (address, pointer, message) => {
    const { status, body } = await add(await app.shopper(), address);
    expect([status, body.errors]).toEqual([422, [{ pointer, code: expect.any(String), message }]]);
  });

  it.each([
    { country: 'US', region: 'NY', postalCode: '10001-1234' },
    { country: 'NL', postalCode: '1011ab' },
    { country: 'HK', postalCode: null },
    { country: 'AE', postalCode: 'whatever' },
  ])('%j is taken', async (address) => {
    expect((await add(await app.shopper(), address)).status).toBe(201);
  });

  it.each(['constructor', 'toString', '__proto__', ['DE']])(
    'of no country, %j, is a refusal and no accident',
    async (country) => {
      const { status, body } = await add(await app.shopper(), { country });
      expect([status, body.errors[0].pointer]).toEqual([422, '/country']);
    },
  );

  it('is checked in orders and carts alike', async () => {
    const ada = app.as(await app.shopper());
    const article = await makeArticle(app);
    const answer = await ada.post(
      '/v1/orders',
      {
        email: 'ada@example.com',
        items: [{ variantId: article.variantId, quantity: 1 }],
        shippingAddress: { ...ADDRESS, postalCode: 'x' },
        payment: { provider: 'sandbox', token: 'tok_ok' },
      },
      { 'idempotency-key': 'a bad address'.replaceAll(' ', '-') },
    );
    expect(answer.body.errors).toMatchObject([{ pointer: '/shippingAddress/postalCode' }]);
    const { body: cart } = await ada.post('/v1/carts', {});
    const changed = await ada.patch(`/v1/carts/${cart.id}`, { billingAddress: { ...ADDRESS, postalCode: 'x' } });
    expect(changed.body.errors).toMatchObject([{ pointer: '/billingAddress/postalCode' }]);
  });

  it('that is given as an example is right, in every country that has a rule', () => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
    const countries = [...letters].flatMap((one) => [...letters].map((other) => one + other));
    const ruled = countries.filter((country) => exampleOf(country) !== undefined);
    expect(ruled.length).toBeGreaterThan(40);
    for (const country of ruled) expect([country, fitsCountry(exampleOf(country)!, country)]).toEqual([country, true]);
    fc.assert(fc.property(fc.constantFrom(...ruled), (country) => !fitsCountry('no such code', country)));
  });
});
