import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Jobs } from '#src/platform/index.js';
import { galley } from '../support/app.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { verifyEmail } from './external.js';

const app = galley();
let strangers = 0;
const stranger = () => `stranger${++strangers}@example.com`;
const PASSWORD = 'correct horse battery';

const countTo = async (email: string, subject: string): Promise<number> =>
  (await app.mailTo(email)).filter((mail) => mail.subject === subject).length;
const register = async (email: string) =>
  app.as((await app.anyone.post('/v1/auth/register', { email, password: PASSWORD })).body);
const notice = (userId: string, requestId: string) =>
  app.service(Jobs).run('auth.mail-notice', { userId, about: 'passkey_added', requestId });
const NOTICE = 'A passkey was added';
const anHourPasses = () =>
  app.db.query(`UPDATE auth.sent_mails SET sent_at = ARRAY(SELECT t - interval '61 minutes' FROM unnest(sent_at) t)`);

describe('The mailbox of a stranger', () => {
  it('gets five notices of a kind in an hour, whatever is done to an account with its address', async () => {
    const email = stranger();
    const client = await register(email);
    for (let change = 0; change < 7; change++) {
      const [currentPassword, newPassword] = [`${PASSWORD}${change || ''}`, `${PASSWORD}${change + 1}`];
      const { status } = await client.post('/v1/auth/password/change', { currentPassword, newPassword });
      expect(status).toBe(204);
    }
    expect(await countTo(email, 'Your password was changed')).toBe(5);
    expect(await countTo(email, 'Confirm your e-mail address')).toBe(1);
  });

  it('gets five mails to verify it in an hour, however often an account is made and erased', async () => {
    const email = stranger();
    let mails = 0;
    for (let round = 0; round < 7; round++) {
      const client = await register(email);
      mails += await countTo(email, 'Confirm your e-mail address');
      expect((await client.delete('/v1/me')).status).toBe(204);
      await app.runDue();
    }
    expect(mails).toBe(5);
  });

  it('gets five mails in an hour that ask for it, from however many accounts; its owner can ask for another still', async () => {
    const owner = await app.shopper();
    await verifyEmail(app, owner);
    for (let asking = 0; asking < 7; asking++)
      await app.as(await app.shopper()).post('/v1/auth/email/change', { email: owner.email });
    expect(await countTo(owner.email, 'You have an account already')).toBe(5);
    await app.as(owner).post('/v1/auth/email/change', { email: stranger() });
    expect(await countTo(owner.email, 'Confirm your new e-mail address')).toBe(1);
  });
});

describe('The mails of a kind in an hour', () => {
  it('are counted one after the other, however many are sent at once', async () => {
    const { id, email } = await app.shopper();
    await notice(id, randomUUID());
    await inTheWayOf(app, { sql: 'SELECT FROM auth.sent_mails FOR UPDATE', waiting: 8 }, () =>
      Promise.all(Array.from({ length: 8 }, () => notice(id, randomUUID()))),
    );
    expect(await countTo(email, NOTICE)).toBe(5);
  });

  it('count once those whose job runs again, and send them', async () => {
    const { id, email } = await app.shopper();
    const again = randomUUID();
    for (let run = 0; run < 6; run++) await notice(id, again);
    expect(await countTo(email, NOTICE)).toBe(6);
    for (let other = 0; other < 6; other++) await notice(id, randomUUID());
    expect(await countTo(email, NOTICE)).toBe(10);
    await notice(id, again);
    expect(await countTo(email, NOTICE)).toBe(11);
    await notice(id, randomUUID());
    expect(await countTo(email, NOTICE)).toBe(11);
  });

  it('are those of the last hour, at any time', async () => {
    const { id, email } = await app.shopper();
    for (let early = 0; early < 3; early++) await notice(id, randomUUID());
    await anHourPasses();
    for (let late = 0; late < 7; late++) await notice(id, randomUUID());
    expect(await countTo(email, NOTICE)).toBe(8);
    await anHourPasses();
    await notice(id, randomUUID());
    expect(await countTo(email, NOTICE)).toBe(9);
  });

  it('are counted without the address, and forgotten after the hour', async () => {
    const { id, email } = await app.shopper();
    const forget = () => app.service(Jobs).run('auth.forget-email-changes');
    const rows = () => app.db.query<{ row: string }>('SELECT s::text AS row FROM auth.sent_mails s');
    await anHourPasses();
    await forget();
    expect(await rows()).toEqual([]);
    await notice(id, randomUUID());
    await forget();
    expect(await rows()).toHaveLength(1);
    expect(JSON.stringify(await rows())).not.toContain(email);
    expect((await rows())[0]?.row).not.toContain(Buffer.from(email).toString('hex'));
  });
});
