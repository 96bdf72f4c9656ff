import { once } from 'node:events';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodiesOf, Mailer, readSettings, SettingError } from '#src/platform/index.js';
import { MailSettings } from '#src/platform/mail/mail.settings.js';
import { openMailer } from '#src/platform/mail/open-mailer.js';
import { galley } from '../support/app.js';
import { boot } from '../support/boot.js';
import { mailIn, type ReceivedMail, received } from '../support/mailbox.js';

const LETTER = { subject: 'Hello', text: 'A line.\n', html: '<p>A line.</p>' };

const app = galley();
const send = (mail: object) => app.service(Mailer).send({ to: { address: 'ada@example.com' }, ...LETTER, ...mail });
const newest = async (): Promise<ReceivedMail> => (await mailIn(app.dataDir))[0]!;

describe('Mail without a server', () => {
  it('is a file in the data directory that only the user of Galley may read', async () => {
    await send({ to: { name: 'Ada Lovelace', address: 'ada@example.com' } });
    const folder = join(app.dataDir, 'mail');
    const [name = ''] = await readdir(folder);
    expect(name).toMatch(/^[\da-f-]{36}\.eml$/);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    const { mail, text, html } = await newest();
    expect(mail.to).toEqual([{ name: 'Ada Lovelace', address: 'ada@example.com' }]);
    expect(mail.from).toEqual({ name: 'Galley', address: 'galley@localhost' });
    expect({ subject: mail.subject, text: text.trim(), html: html.trim() }).toEqual({ ...LETTER, text: 'A line.' });
  });

  it('that cannot be written fails its job, which tries again', async () => {
    const folder = join(app.dataDir, 'mail');
    await rm(folder, { recursive: true });
    await writeFile(folder, '');
    await expect(send({})).rejects.toThrow(/^Cannot write mail to .*mail \((EEXIST|ENOTDIR)\)\.$/);
    await rm(folder);
    await send({});
    expect(await readdir(folder)).toHaveLength(1);
  });
});

describe('A mail', () => {
  it.each([
    ['the name of its recipient', { to: { name: 'Ada\r\nBcc: eve@evil.example', address: 'ada@example.com' } }],
    ['its subject', { subject: 'Hello\r\nBcc: eve@evil.example\r\n\r\n<script>' }],
    ['its subject, with separators of Unicode', { subject: 'Hello\u2028Bcc: eve@evil.example\u0085X: y' }],
  ])('gets no header from a line break in %s', async (_, given) => {
    await send(given);
    const { mail, raw } = await newest();
    expect(mail.headers.filter(({ key }) => ['bcc', 'x', 'cc'].includes(key))).toEqual([]);
    expect(mail.to?.map(({ address }) => address)).toEqual(['ada@example.com']);
    expect(raw).not.toMatch(/^Bcc:/im);
    expect(`${mail.subject} ${mail.to?.[0]?.name}`).not.toMatch(/[\p{Cc}\u2028]/u);
    expect(mail.text?.trim()).toBe('A line.');
  });

  it.each([
    'ada@example.com\r\nBcc: eve@evil.example',
    'ada@example.com\n',
    'ada@example.com, eve@evil.example',
    'ada@example.com; eve@evil.example',
    'eve@evil.example <ada@example.com>',
    '"eve@evil.example, x"@example.com',
    'ada@example.com(eve@evil.example)',
    'group:ada@example.com;',
    'ada',
    '',
  ])('to more or less than one mailbox is not sent: %j', async (address) => {
    const before = await mailIn(app.dataDir);
    await expect(send({ to: { address } })).rejects.toThrow('The address is not that of one mailbox.');
    expect(await mailIn(app.dataDir)).toHaveLength(before.length);
  });

  it('says the same in text and HTML, where values do not become markup', () => {
    const { text, html } = bodiesOf({
      subject: 'A <b>bold</b> subject',
      paragraphs: ['Dear <script>alert("1")</script> & \'co\',', 'Bye.'],
      action: { label: 'Open "it"', url: 'https://shop.example.com/?a=1&b="><img src=x>' },
    });
    expect(text).toBe(
      'Dear <script>alert("1")</script> & \'co\',\n\nOpen "it":\nhttps://shop.example.com/?a=1&b="><img src=x>\n\nBye.\n',
    );
    expect(html).toContain('<title>A &lt;b&gt;bold&lt;/b&gt; subject</title>');
    expect(html).toContain('Dear &lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;co&#39;,');
    expect(html).toContain('href="https://shop.example.com/?a=1&amp;b=&quot;&gt;&lt;img src=x&gt;"');
    expect(html).not.toMatch(/<script|<img|<b>/);
  });
});

describe('The page that shows mail', () => {
  /** As a browser asks; fetch would not let a test choose the Host. */
  async function page(path: string, headers: Record<string, string> = {}, base = app.url) {
    const outgoing = request(`${base}${path}`, { headers });
    outgoing.end();
    const [incoming] = await once(outgoing, 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    return { status: incoming.statusCode as number, text: Buffer.concat(chunks).toString() };
  }

  let one: string;

  beforeAll(async () => {
    await send({ subject: 'Look <at> me', html: '<p>Follow <a href="https://shop.example.com">this</a></p>' });
    one = /href="(\/docs\/mail\/[^"]+)"/.exec((await page('/docs/mail')).text)?.[1] ?? '';
  });

  it('lists it, the newest first, and shows text and HTML of one', async () => {
    const list = await page('/docs/mail');
    expect(list.status).toBe(200);
    expect(list.text).toContain('Look &lt;at&gt; me');
    const { text } = await page(one);
    expect(text).toContain('<pre>A line.');
    expect(text).toContain(`<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="${one}/html"`);
    expect((await page(`${one}/html`)).text).toContain('<a href="https://shop.example.com">this</a>');
  });

  it('knows no other files', async () => {
    await mkdir(join(app.dataDir, 'mail'), { recursive: true });
    await writeFile(join(app.dataDir, 'secret'), 'x');
    for (const name of ['..%2Fsecret', '%2Fetc%2Fpasswd', 'none.eml'])
      expect((await page(`/docs/mail/${name}`)).status, name).toBe(404);
  });

  it.each([
    ['a page of another origin', { origin: 'https://evil.example' }],
    ['a name that was made to point here', { host: 'evil.example:3000' }],
    ['a proxy under the public name', { host: 'shop.example.com' }],
  ])('is not there for %s', async (_, headers) => {
    for (const path of ['/docs/mail', one, `${one}/html`]) expect((await page(path, headers)).status, path).toBe(404);
  });

  it('is not there in production', async () => {
    const production = await boot({
      DATABASE_URL: app.databaseUrl,
      GALLEY_DATA_DIR: app.dataDir,
      NODE_ENV: 'production',
      GALLEY_SECRETS_KEY: Buffer.alloc(32).toString('base64'),
    });
    try {
      for (const path of ['/docs/mail', one, `${one}/html`])
        expect((await page(path, {}, production.url)).status, path).toBe(404);
    } finally {
      await production.close();
    }
  });
});

describe('The settings of mail', () => {
  it.each([
    ['GALLEY_SMTP_URL', 'smtp.example.com'],
    ['GALLEY_SMTP_URL', 'https://smtp.example.com'],
    ['GALLEY_MAIL_FROM', 'Shop'],
    ['GALLEY_MAIL_FROM', 'Shop <shop@example.com>\r\nBcc: eve@evil.example'],
    ['GALLEY_MAIL_FROM', 'shop@example.com, eve@evil.example'],
  ])('refuse %s=%j by name', (name, value) => {
    expect(() => readSettings(MailSettings, { [name]: value })).toThrow(SettingError);
    expect(() => readSettings(MailSettings, { [name]: value })).toThrow(name);
  });

  it.each([
    ['shop@example.com', { name: 'Galley', address: 'shop@example.com' }],
    ['Shop & Co. <shop@example.com>', { name: 'Shop & Co.', address: 'shop@example.com' }],
  ])('take %s as sender', (value, from) => {
    expect(readSettings(MailSettings, { GALLEY_MAIL_FROM: value }).from).toEqual(from);
  });

  it('ask for a sender when there is a server', async () => {
    const start = boot({ DATABASE_URL: app.databaseUrl, GALLEY_SMTP_URL: 'smtp://127.0.0.1:1' });
    await expect(start).rejects.toThrow(/^GALLEY_MAIL_FROM is "", but takes/);
  });
});

describe('Mail with a server', () => {
  const arrived: { from: string; to: string[]; raw: string; user: unknown; secure: boolean }[] = [];
  let server: SMTPServer;
  let port: number;

  beforeAll(async () => {
    server = await serve({
      authOptional: true,
      onAuth: ({ username, password }, _session, done) =>
        password === 'p@ss word'
          ? done(null, { user: username ?? '' })
          : done(new Error('Wrong password of the relay')),
      onRcptTo: ({ address }, _session, done) => {
        const responseCode = { 'gone@example.com': 550, 'busy@example.com': 451 }[address];
        done(responseCode ? Object.assign(new Error(`<${address}> not now`), { responseCode }) : null);
      },
      onData: (stream, { envelope, user, secure }, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const from = envelope.mailFrom ? envelope.mailFrom.address : '';
          const to = envelope.rcptTo.map(({ address }) => address);
          arrived.push({ from, to, raw: Buffer.concat(chunks).toString(), user, secure });
          done();
        });
      },
    });
    port = (server.server.address() as AddressInfo).port;
  });

  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

  async function serve(options: SMTPServerOptions): Promise<SMTPServer> {
    const started = new SMTPServer({ logger: false, ...options });
    started.on('error', () => {});
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', () => resolve()));
    return started;
  }

  const mailerFor = (url: string) =>
    openMailer(readSettings(MailSettings, { GALLEY_SMTP_URL: url, GALLEY_MAIL_FROM: 'Shop <shop@example.com>' }));
  const to = (address: string, url = `smtp://127.0.0.1:${port}/?tls.rejectUnauthorized=false`) =>
    mailerFor(url).send({ ...LETTER, to: { name: 'Ada, Countess', address } });

  it('is taken by it, with the sender of the settings, over TLS where it is offered', async () => {
    await to('ada@example.com');
    const { from, to: recipients, raw, secure } = arrived.at(-1)!;
    expect({ from, recipients, secure }).toEqual({
      from: 'shop@example.com',
      recipients: ['ada@example.com'],
      secure: true,
    });
    const { mail, text, html } = await received(raw);
    expect(mail.from).toEqual({ name: 'Shop', address: 'shop@example.com' });
    expect(mail.to).toEqual([{ name: 'Ada, Countess', address: 'ada@example.com' }]);
    expect([text.trim(), html.trim()]).toEqual(['A line.', LETTER.html]);
    expect(raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  });

  it('goes to addresses beyond ASCII', async () => {
    await to('ada@bücher.example');
    expect(arrived.at(-1)?.raw).toMatch(/^To: .*<ada@xn--bcher-kva\.example>\r$/m);
  });

  it('signs in with what the URL says', async () => {
    await to('ada@example.com', `smtp://shop:p%40ss%20word@127.0.0.1:${port}/?tls.rejectUnauthorized=false`);
    expect(arrived.at(-1)?.user).toBe('shop');
  });

  it('is tried again when the server cannot take it now, and says so without address or password', async () => {
    const refusals = [
      to('busy@example.com'),
      to('ada@example.com', `smtp://shop:hunter22@127.0.0.1:${port}/?tls.rejectUnauthorized=false`),
      to('ada@example.com', 'smtp://shop:hunter22@127.0.0.1:1'),
    ];
    const said = (await Promise.allSettled(refusals)).map((one) => (one as PromiseRejectedResult).reason as Error);
    expect(said.map(({ message }) => message)).toEqual([
      'The SMTP server did not take mail: EENVELOPE at RCPT TO, 451.',
      expect.stringMatching(/^The SMTP server did not take mail: EAUTH at AUTH PLAIN, 535\.$/),
      expect.stringMatching(/^The SMTP server did not take mail: ESOCKET at CONN\.$/),
    ]);
    expect(said.map(({ cause, stack }) => `${cause} ${stack}`).join()).not.toMatch(/busy@|hunter22|Wrong password/);
  });

  it('to a mailbox that does not exist is given up: no job keeps asking', async () => {
    const before = arrived.length;
    await to('gone@example.com');
    expect(arrived).toHaveLength(before);
  });

  it('is not handed to a server elsewhere that has no TLS, unless the URL says so', async () => {
    const plain = await serve({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData: (stream, _session, done) => stream.resume().on('end', () => done()),
    });
    const { port: plainPort } = plain.server.address() as AddressInfo;
    // This machine too, but not by one of the names that are known to stay inside it.
    const elsewhere = `smtp://0.0.0.0:${plainPort}/`;
    await expect(to('ada@example.com', elsewhere)).rejects.toThrow(/^The SMTP server did not take mail: ETLS /);
    await to('ada@example.com', `${elsewhere}?requireTLS=false`);
    await new Promise<void>((resolve) => plain.close(() => resolve()));
  });
});
