import { beforeAll, describe, expect, it } from 'vitest';
import { galley, type Person } from '../support/app.js';

const app = galley({ GALLEY_SHOP_URL: 'https://shop.example.com/de/' });

const verify = (token: string) => app.anyone.post('/v1/auth/email/verify', { token });
const mailsTo = async (email: string) =>
  (await app.mailTo(email)).filter(({ subject }) => subject === 'Confirm your e-mail address');
const verifiedAt = async (id: string): Promise<Date | null> =>
  (await app.db.query<{ at: Date | null }>('SELECT email_verified_at AS at FROM auth.users WHERE id = $1', [id]))[0]!
    .at;

describe('The address of a new account', () => {
  let ada: Person;
  let token: string;

  beforeAll(async () => {
    const { body } = await app.anyone.post('/v1/auth/register', {
      email: 'Ada@Bücher.example',
      password: 'correct horse',
      name: 'You won! https://evil.example <b>',
    });
    ada = { ...body, id: body.user.id, email: body.user.email };
  });

  it('gets a mail to be verified, with a link to a page of the shop', async () => {
    const mails = await mailsTo(ada.email);
    expect(mails).toHaveLength(1);
    const { text, html, ...mail } = mails[0]!;
    token = mail.token;
    expect(ada.email).toBe('ada@xn--bcher-kva.example');
    expect(text).toContain(`\nhttps://shop.example.com/de/verify-email#token=${token}\n`);
    expect(html).toContain(`<a href="https://shop.example.com/de/verify-email#token=${token}"`);
    expect(text).toContain('within 24 hours');
    for (const part of [text.replaceAll(/\s+/g, ' '), html.replaceAll(/\s+/g, ' ')]) {
      expect(part).toContain('whoever made it will see all orders that were placed with this address');
      expect(part).toContain('If it was not you, do not confirm. You can take the account over');
      expect(part).toContain('say that you forgot your password');
    }
  });

  it('gets none of the words that whoever registered it has chosen', async () => {
    expect((await mailsTo(ada.email))[0]?.raw).not.toMatch(/You won|evil/);
  });

  it('is verified by the token in it, once', async () => {
    expect(await verifiedAt(ada.id)).toBeNull();
    expect((await verify(token)).status).toBe(204);
    expect(await verifiedAt(ada.id)).toBeInstanceOf(Date);
    expect((await verify(token)).body.code).toBe('invalid_mail_token');
    const events = await app.db.query(`SELECT payload FROM platform.events WHERE type = 'auth.email_verified'`);
    expect(events).toEqual([{ payload: { userId: ada.id } }]);
  });

  it('gets no more mail then, whoever asks', async () => {
    expect((await app.as(ada).post('/v1/auth/email/verification')).status).toBe(204);
    expect(await mailsTo(ada.email)).toHaveLength(1);
  });

  it('is told by the new mail, and no longer by the old, once it was asked for again', async () => {
    const bob = await app.shopper();
    const [first] = await mailsTo(bob.email);
    expect((await app.as(bob).post('/v1/auth/email/verification')).status).toBe(204);
    const [second] = await mailsTo(bob.email);
    expect((await verify(first!.token)).status).toBe(401);
    expect((await verify(second!.token)).status).toBe(204);
  });

  it('is asked for by no one who is not signed in', async () => {
    expect((await app.anyone.post('/v1/auth/email/verification')).status).toBe(401);
  });

  it('of staff whom an operator entered is theirs, and gets no mail even when they ask', async () => {
    const staff = await app.staff('support');
    expect((await app.as(staff).get('/v1/me')).body.emailVerified).toBe(true);
    await app.as(staff).post('/v1/auth/email/verification');
    expect(await mailsTo(staff.email)).toEqual([]);
  });

  it('stays unverified when the account has another by the time', async () => {
    const { id, email } = await app.shopper();
    const [mail] = await mailsTo(email);
    await app.db.query(`UPDATE auth.users SET email = 'other@example.com' WHERE id = $1`, [id]);
    expect((await verify(mail!.token)).status).toBe(401);
    expect(await verifiedAt(id)).toBeNull();
  });
});

describe('An address', () => {
  const register = (email: string) => app.anyone.post('/v1/auth/register', { email, password: 'correct horse' });
  const login = (email: string) => app.anyone.post('/v1/auth/login', { email, password: 'correct horse' });

  it.each([
    ['in capitals', 'grace@example.com', 'GRACE@EXAMPLE.COM'],
    ['with its domain as DNS has it', 'max@müller.example', 'max@xn--mller-kva.example'],
  ])('%s is the same account', async (_, one, other) => {
    expect((await register(one)).status).toBe(201);
    expect((await register(other)).body.code).toBe('email_taken');
    expect((await login(other)).body.user.email).toBe((await login(one)).body.user.email);
  });

  it('with a domain that merely looks alike is another account, shown as DNS has it', async () => {
    await register('admin@paypal.example');
    const { body } = await register('admin@p\u0430ypal.example');
    expect(body.user.email).toBe('admin@xn--pypal-4ve.example');
    await app.anyone.post('/v1/auth/password/forgot', { email: 'admin@paypal.example' });
    const subjects = (await app.mailTo(body.user.email)).map(({ subject }) => subject);
    expect(subjects).toEqual(['Confirm your e-mail address']);
  });

  it.each([
    ['a look-alike of a letter', 'p\u0430ypal@example.com'],
    ['the KELVIN SIGN for a k', '\u212aate@example.com'],
    ['a domain in full-width letters', 'may@ｅｘａｍｐｌｅ.com'],
    ['an accent', 'andr\u00e9@example.com'],
    ['a line break', 'ada@example.com\r\nBcc: eve@evil.example'],
    ['a line break before it', '\r\nada@example.com'],
    ['a header in quotes', '"a\r\nBcc: eve@evil.example\r\n"@example.com'],
    ['quotes', '"eve@evil.example, x"@example.com'],
    ['a second address', 'ada@example.com,eve@evil.example'],
    ['a name', 'Ada <ada@example.com>'],
    ['a space that cannot be seen', 'a\u200bda@example.com'],
    ['a mark that turns text around', 'ada\u202e@example.com'],
    [
      'more characters than fit, once its domain is spelt out',
      `a@${'ü'.repeat(40)}.${'ü'.repeat(40)}.${'ö'.repeat(40)}.${'ä'.repeat(40)}.${'ü'.repeat(50)}.example`,
    ],
  ])('with %s is refused', async (_, email) => {
    const { status, body } = await register(email);
    expect(status).toBe(422);
    expect(body.errors[0].pointer).toBe('/email');
  });
});
