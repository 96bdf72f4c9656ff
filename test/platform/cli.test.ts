import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configMarkdown } from '#src/platform/cli/config.command.js';
import { allSettings } from '#src/platform/config/settings.js';
import { DEAD_LETTERS, JobStore } from '#src/platform/jobs/job-store.js';
import { enrol } from '../auth/second-factor.js';
import { galley } from '../support/app.js';
import { freePort, MainProcess, type Variables } from './main-process.js';

const root = join(import.meta.dirname, '../..');
const app = galley();

interface Result {
  code: number | string;
  stdout: string;
  stderr: string;
}

/** `galley …`, on the database of this file unless told otherwise. */
async function run(args: string[], variables: Variables = {}): Promise<Result> {
  const command = [process.execPath, join(root, 'dist/src/cli.js'), ...args];
  const ran = new MainProcess({ DATABASE_URL: app.databaseUrl, ...variables }, command);
  const code = await ran.ended;
  return { code, stdout: ran.stdout, stderr: ran.stderr };
}

/** No database can be reached here: what works there needs none. */
const NOWHERE = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' };

describe('galley --help', () => {
  it('names every command, without a database', async () => {
    const { code, stdout } = await run(['--help'], NOWHERE);
    expect(code).toBe(0);
    for (const name of [
      'audit:verify',
      'catalog:import',
      'config',
      'jobs:dead',
      'jobs:redrive',
      'keys:rotate',
      'openapi',
      'permissions',
      'user:create',
      'user:recover',
    ]) {
      expect(stdout).toContain(`  ${name} `);
    }
  });

  it('shows the options of a command', async () => {
    const { code, stdout } = await run(['user:create', '--help'], NOWHERE);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/--role <role> .*admin, staff or support/),
    });
  });
});

describe('a command that cannot run says so in one line and exits with 1', () => {
  it.each<[string, string[], Variables, RegExp]>([
    [
      'a database that is not there',
      ['jobs:dead'],
      NOWHERE,
      /^DATABASE_URL: cannot use 127\.0\.0\.1:1\/nothing: nothing listens there\.\n$/,
    ],
    ['a bad setting', ['jobs:dead'], { GALLEY_POOL_SIZE: 'many' }, /^GALLEY_POOL_SIZE is "many", but takes .*\n$/],
    ['an address that is none', ['user:create', 'ada'], {}, /^"ada" is not an e-mail address\.\n$/],
    [
      'a role that is not there',
      ['user:create', 'ada@example.com', '--role', 'boss'],
      {},
      /^There is no role "boss"\. .*\n$/,
    ],
    ['a file that is not there', ['catalog:import', 'nothing.csv'], {}, /^nothing\.csv cannot be imported: .*\n$/],
    ['an id that is none', ['jobs:redrive', '17'], {}, /^"17" is not an id\.\n$/],
    [
      'a command that is not there',
      ['user:crate'],
      NOWHERE,
      /^error: unknown command 'user:crate'\n\(Did you mean user:create\?\)/,
    ],
  ])('%s', async (_, args, variables, said) => {
    const { code, stdout, stderr } = await run(args, variables);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(said) });
  });
});

describe('galley user:create', () => {
  it('makes an account beside the running Galley, which signs in at once', async () => {
    const { code, stdout } = await run(['user:create', 'ops@example.com', '--role', 'staff']);
    expect(code).toBe(0);
    const [, password = ''] = /^Made staff ops@example\.com, password (\S+)\n$/.exec(stdout) ?? [];
    const login = await app.anyone.post('/v1/auth/login', { email: 'ops@example.com', password });
    expect(login.status).toBe(200);
  });

  it('refuses an address that is taken', async () => {
    await run(['user:create', 'twice@example.com']);
    const { code, stderr } = await run(['user:create', 'twice@example.com']);
    expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, lines: 1 });
    expect(stderr).toContain('"galley user:recover" gives it a new password.');
  });

  it.each([
    [
      'a password that is too long to sign in with',
      'long@example.com',
      ['--password', 'x1'.repeat(126)],
      /^The password must be text of 10 to 200 /,
    ],
    [
      'a password that is too short',
      'short@example.com',
      ['--password', 'short'],
      /^The password must be text of 10 to 200 /,
    ],
    [
      'a password that everybody has',
      'weak@example.com',
      ['--password', 'password123'],
      /Too many people use this password/,
    ],
    [
      'an address that the API refuses',
      'andr\u00e9@example.com',
      [],
      /^"andr\u00e9@example\.com" is not an e-mail address\.$/,
    ],
    [
      'a name that is too long',
      'named@example.com',
      ['--name', 'n'.repeat(201)],
      /^The name must be text of 1 to 200 /,
    ],
  ])('refuses %s', async (_, email, options, said) => {
    const { code, stdout, stderr } = await run(['user:create', email, ...options]);
    expect({ code, stdout, stderr: stderr.trim() }).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(said),
    });
    expect(await app.db.query('SELECT FROM auth.users WHERE email = $1', [email])).toEqual([]);
  });
});

describe('galley user:recover', () => {
  const login = (email: string, password: string) => app.anyone.post('/v1/auth/login', { email, password });

  it('lets somebody in again who has lost everything: with a new password, without factors and sessions', async () => {
    const person = await enrol(app, await app.staff());
    expect((await login(person.email, person.password)).body.code).toBe('mfa_required');
    const { code, stdout } = await run(['user:recover', person.email.toUpperCase()]);
    const [, password = ''] = /^Recovered \S+, password (\S+)\n$/.exec(stdout) ?? [];
    expect([code, stdout]).toEqual([0, `Recovered ${person.email}, password ${password}\n`]);
    expect((await app.anyone.post('/v1/auth/refresh', { refreshToken: person.refreshToken })).status).toBe(401);
    expect((await login(person.email, person.password)).status).toBe(401);
    const { status, body } = await login(person.email, password);
    expect([status, body.user.roles]).toEqual([200, ['admin']]);
    const admin = app.anyone.with(body.accessToken);
    const acts = (await admin.get(`/v1/audit-log?objectId=${person.id}`)).body.data;
    const byOperator = acts.filter(({ actorKind }: { actorKind: string }) => actorKind === 'system');
    expect(byOperator.map(({ action }: { action: string }) => action)).toEqual([
      'user.recovered',
      'user.factors_removed',
      'user.registered',
    ]);
    const subjects = (await app.mailTo(person.email)).map(({ subject }) => subject);
    expect(subjects).toEqual(expect.arrayContaining(['Your password was changed', 'Your second factors were removed']));
  });

  it('gives a role as well, on record, and takes the address for theirs', async () => {
    const { id, email } = await app.shopper();
    const again = () => run(['user:recover', email, '--role', 'admin', '--password', 'the words of an operator']);
    expect((await again()).stdout).toBe(`Recovered ${email}, now admin\n`);
    expect((await again()).code).toBe(0);
    const { body } = await login(email, 'the words of an operator');
    const admin = app.anyone.with(body.accessToken);
    expect((await admin.get('/v1/me')).body).toMatchObject({ emailVerified: true });
    const { data } = (await admin.get(`/v1/audit-log?action=user.roles_changed&objectId=${id}`)).body;
    expect(data).toMatchObject([{ actorKind: 'system', before: { roles: [] }, after: { roles: ['admin'] } }]);
  });

  it.each([
    ['an address without an account', ['nobody@example.com'], /^There is no account with this e-mail address\./],
    ['a role that is not there', ['ops@example.com', '--role', 'boss'], /^There is no role "boss"\./],
    [
      'a password that is too long to sign in with',
      ['ops@example.com', '--password', 'x1'.repeat(126)],
      /^The password must be text /,
    ],
  ])('refuses %s', async (_, args, said) => {
    const { code, stdout, stderr } = await run(['user:recover', ...args]);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(said) });
  });
});

describe('galley jobs', () => {
  it('lists what failed for good, and puts it back', async () => {
    expect((await run(['jobs:dead'])).stdout).toBe('No job has failed for good.\n');
    const { boss } = app.service(JobStore);
    await boss.createQueue('test.doomed', { retryLimit: 0, deadLetter: DEAD_LETTERS });
    await boss.send('test.doomed', { order: 7 });
    const [job] = await boss.fetch('test.doomed');
    await boss.fail('test.doomed', job!.id, { message: 'no luck' });
    const { stdout } = await run(['jobs:dead']);
    expect(stdout).toMatch(/^\S+Z {2}[\da-f-]{36} {2}test\.doomed {2}no luck\n$/);
    const [json] = (await run(['jobs:dead', '--json'])).stdout.trim().split('\n');
    expect(JSON.parse(json ?? '')).toMatchObject({ queue: 'test.doomed', data: { order: 7 }, error: 'no luck' });
    expect((await run(['jobs:redrive'])).code).toBe(1);
    expect((await run(['jobs:redrive', '--queue', 'test.doomed'])).stdout).toBe('1 put back.\n');
    expect((await boss.fetch<object>('test.doomed'))[0]?.data).toEqual({ order: 7 });
    expect((await run(['jobs:dead'])).stdout).toBe('No job has failed for good.\n');
  });
});

describe('galley openapi', () => {
  it('writes the document that the running Galley serves, without a database', async () => {
    const { code, stdout } = await run(['openapi', '--url', app.url], NOWHERE);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(await (await fetch(`${app.url}/openapi.json`)).json());
  });
});

describe('galley config', () => {
  it('shows what is set and what is usual, but no secret', async () => {
    const { code, stdout } = await run(['config'], {
      PORT: '4000',
      GALLEY_ADMIN_PASSWORD: 'do not show this',
      ...NOWHERE,
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^PORT=4000 {2}\(default: 3000\)$/m);
    expect(stdout).toMatch(/^GALLEY_ROLE=all {2}\(default\)$/m);
    expect(stdout).toMatch(/^GALLEY_ADMIN_PASSWORD=\(set, not shown\)$/m);
    expect(stdout).not.toMatch(/do not show this|nobody@/);
  });

  it('is what the README says', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const [, table] = /<!-- settings -->\n([\s\S]*?)<!-- \/settings -->/.exec(readme) ?? [];
    expect(table?.trim()).toBe(configMarkdown().trim());
  });

  it('knows one meaning, default and range for each variable', () => {
    const names = allSettings().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of ['DATABASE_URL', 'GALLEY_DATA_DIR', 'GALLEY_DEMO', 'GALLEY_ROLE', 'PORT'])
      expect(names).toContain(name);
  });
});

describe('on the embedded database', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'galley-cli-'));
    // For when we are root: PostgreSQL's user passes through.
    await chmod(dataDir, 0o711);
  });
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it('starts one for the command, and works beside a Galley that runs', async () => {
    const embedded = { DATABASE_URL: undefined, GALLEY_DATA_DIR: dataDir };
    const alone = await run(['user:create', 'alone@example.com', '--password', 'correct horse'], embedded);
    expect(alone).toEqual({ code: 0, stdout: 'Made shopper alone@example.com\n', stderr: '' });
    const running = await new MainProcess({ PORT: await freePort(), GALLEY_DEMO: 'false', ...embedded }).ready();
    const beside = await run(['user:create', 'beside@example.com', '--password', 'correct horse'], embedded);
    expect(beside).toEqual({ code: 0, stdout: 'Made shopper beside@example.com\n', stderr: '' });
    for (const email of ['alone@example.com', 'beside@example.com']) {
      const login = await fetch(`${running.url}/v1/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password: 'correct horse' }),
      });
      expect(login.status).toBe(200);
    }
    expect(await running.stop()).toBe(0);
  });
});
