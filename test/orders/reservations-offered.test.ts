import { describe, expect, it } from 'vitest';
import { galley } from '../support/app.js';
import { buy, checkOut, fillCart, makeArticle } from './shop.js';

const REFUSED = { status: 403, body: { code: 'reservations_not_offered' } };

describe('goods that are set aside for those who have signed in alone', () => {
  const app = galley({ GALLEY_RESERVATIONS: 'signed-in' });

  it('are kept from nobody by a guest, who can buy them all the same', async () => {
    const article = await makeArticle(app, { stock: 2 });
    const cart = await fillCart(app.anyone, [{ variantId: article.variantId, quantity: 2 }]);
    expect(await app.anyone.put(`${cart}/reservation`, {})).toMatchObject(REFUSED);
    expect((await buy(app.anyone, article)).status).toBe(201);
    await app.anyone.put(`${cart}/items/${article.variantId}`, { quantity: 1 });
    expect((await checkOut(app.anyone, cart)).status).toBe(201);
  });

  it('are held for a shopper, in a guest’s cart too', async () => {
    const article = await makeArticle(app, { stock: 1 });
    const shopper = app.as(await app.shopper());
    const cart = await fillCart(app.anyone, [{ variantId: article.variantId, quantity: 1 }]);
    expect((await shopper.put(`${cart}/reservation`, {})).status).toBe(200);
    expect((await buy(app.anyone, article)).body.code).toBe('out_of_stock');
  });
});

describe('goods that are set aside for nobody', () => {
  const app = galley({ GALLEY_RESERVATIONS: 'nobody' });

  it('are free for all', async () => {
    const article = await makeArticle(app, { stock: 1 });
    const shopper = app.as(await app.shopper());
    const cart = await fillCart(shopper, [{ variantId: article.variantId, quantity: 1 }]);
    expect(await shopper.put(`${cart}/reservation`, {})).toMatchObject(REFUSED);
    expect((await buy(app.anyone, article)).status).toBe(201);
  });
});
