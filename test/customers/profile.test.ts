import { expect, it } from 'vitest';
import { verifyEmail } from '../auth/external.js';
import { galley } from '../support/app.js';

const app = galley();

it('shows shoppers what they have told, and lets them change it', async () => {
  const shopper = await app.shopper();
  const changed = await app.as(shopper).patch('/v1/me', { name: 'Ada' });
  expect(changed.body).toMatchObject({ id: shopper.id, email: shopper.email, name: 'Ada' });
  expect((await app.as(shopper).patch('/v1/me', { name: null })).body.name).toBeNull();
  expect((await app.as(shopper).get('/v1/me')).body).toMatchObject({ name: null, emailVerified: false });
  await verifyEmail(app, shopper);
  expect((await app.as(shopper).get('/v1/me')).body.emailVerified).toBe(true);
});

it('is nobody’s without a token', async () => {
  expect((await app.anyone.get('/v1/me')).status).toBe(401);
});
