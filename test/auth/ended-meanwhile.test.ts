import { afterAll, describe, expect, it } from 'vitest';
import { galley, type Person } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { link, SHOP, somebody } from './external.js';
import { FakeProvider, settingsFor } from './fake-provider.js';
import { enrol, owner } from './second-factor.js';

const google = await FakeProvider.start();
const app = galley({ ...settingsFor({ google }), GALLEY_SHOP_URL: SHOP });
afterAll(() => google.stop());

const linked = (client: Client) => link(client, { provider: google, name: 'google', person: somebody() });

/** The owner ends all sessions while the request, which has been let in, waits for the account. */
const whileEnding = (person: Person, request: (client: Client) => Promise<Answer>) =>
  inTheWayOf(
    app,
    {
      sql: `WITH account AS (UPDATE auth.users SET updated_at = updated_at WHERE id = $1 RETURNING id)
        UPDATE auth.sessions s SET revoked_at = now(), revoked_because = 'signed out everywhere'
        FROM account WHERE s.user_id = account.id`,
      params: [person.id],
      waiting: 1,
    },
    () => request(app.as(person)),
  );

const ways = (person: Person) =>
  app.db.query(
    `SELECT u.password_hash, u.second_factor, (SELECT array_agg(i.id ORDER BY i.id) FROM auth.identities i WHERE i.user_id = u.id) AS identities,
       (SELECT array_agg(c.hash ORDER BY c.position) FROM auth.recovery_codes c WHERE c.user_id = u.id) AS codes
     FROM auth.users u WHERE u.id = $1`,
    [person.id],
  );

describe('A session that ends while its request is under way', () => {
  const protectedPerson = async () => enrol(app, await app.shopper());

  it('links no identity', async () => {
    const person = await owner(app);
    const before = await ways(person);
    expect((await whileEnding(person, linked)).status).toBe(401);
    expect(await ways(person)).toEqual(before);
  });

  it('unlinks none', async () => {
    const person = await owner(app);
    const { body } = await linked(app.as(person));
    const before = await ways(person);
    const unlink = (client: Client) => client.delete(`/v1/auth/identities/${body.id}`);
    expect((await whileEnding(person, unlink)).status).toBe(401);
    expect(await ways(person)).toEqual(before);
  });

  it('changes no password', async () => {
    const person = await owner(app);
    const before = await ways(person);
    const passwords = { currentPassword: person.password, newPassword: 'another correct horse' };
    const change = (client: Client) => client.post('/v1/auth/password/change', passwords);
    expect((await whileEnding(person, change)).status).toBe(401);
    expect(await ways(person)).toEqual(before);
  });

  it.each([
    ['gets no recovery codes', (client: Client) => client.post('/v1/auth/mfa/recovery-codes')],
    ['takes no second factor away', (client: Client) => client.delete('/v1/auth/mfa/totp')],
  ])('%s', async (_, request) => {
    const person = await protectedPerson();
    const before = await ways(person);
    expect((await whileEnding(person, request)).status).toBe(401);
    expect(await ways(person)).toEqual(before);
  });
});
