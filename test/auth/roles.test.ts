import { Controller, Get, Module } from '@nestjs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '#src/app.module.js';
import { UsersService } from '#src/auth/index.js';
import { Requires } from '#src/platform/index.js';
import { galley, type Person } from '../support/app.js';
import { boot } from '../support/boot.js';
import type { Answer, Client } from '../support/client.js';

const app = galley();
let admin: Person;
let made = 0;
beforeAll(async () => {
  admin = await app.staff();
});

const ifMatch = (version: number) => ({ 'if-match': `"${version}"` });

async function makeRole(permissions: string[]): Promise<string> {
  const name = `role-${++made}`;
  const { status } = await app.as(admin).post('/v1/roles', { name, description: 'For a test.', permissions });
  expect(status).toBe(201);
  return name;
}

/** Somebody new who holds these permissions and no others. */
async function holderOf(permissions: string[]): Promise<Client> {
  const email = `holder${++made}@example.com`;
  const password = 'correct horse battery';
  await app.service(UsersService).register(email, password, null, [await makeRole(permissions)]);
  return app.anyone.with((await app.anyone.post('/v1/auth/login', { email, password })).body.accessToken);
}

async function assign({ id }: Person, roles: string[], by: Client = app.as(admin)): Promise<Answer> {
  const { body } = await app.as(admin).get(`/v1/users/${id}`);
  return by.patch(`/v1/users/${id}`, { roles }, ifMatch(body.version));
}

describe('the catalogue of permissions', () => {
  it('has each that an operation needs, with a sentence about it', async () => {
    const { body } = await app.as(admin).get('/v1/permissions');
    const document = await (await fetch(`${app.url}/openapi.json`)).text();
    const needed = [...document.matchAll(/"x-permission":"([^"]+)"/g)].map(([, name]) => name);
    expect(body.data.map(({ name }: { name: string }) => name)).toEqual([...new Set(needed)].sort());
    for (const { description } of body.data) expect(description).toMatch(/^[A-Z].{8,}\.$/);
  });

  it('stops the start when nobody says what a permission is for', async () => {
    @Controller('gifts')
    class GiftsController {
      @Get()
      @Requires('gifts:wrap')
      wrap(): void {}
    }
    @Module({ imports: [AppModule], controllers: [GiftsController] })
    class GiftsModule {}
    await expect(boot({ DATABASE_URL: app.databaseUrl }, GiftsModule)).rejects.toThrow(
      /what gifts:wrap lets its holder do/,
    );
  });
});

describe('a role', () => {
  it('is made, changed and deleted, each by who has seen it as it is', async () => {
    const name = await makeRole(['orders:read']);
    const path = `/v1/roles/${name}`;
    const changed = await app.as(admin).patch(path, { permissions: ['orders:read', 'stock:read'] }, ifMatch(1));
    expect(changed.body).toMatchObject({ permissions: ['orders:read', 'stock:read'], version: 2 });
    expect((await app.as(admin).patch(path, { description: 'Late.' }, ifMatch(1))).status).toBe(412);
    expect((await app.as(admin).delete(path, ifMatch(2))).status).toBe(204);
    expect((await app.as(admin).get(path)).status).toBe(404);
  });

  it('needs a name of its own and permissions that exist', async () => {
    const again = { name: 'support', description: 'Again.', permissions: [] };
    expect((await app.as(admin).post('/v1/roles', again)).body.code).toBe('role_exists');
    const odd = { name: 'odd', description: 'Odd.', permissions: ['orders:raed'] };
    expect((await app.as(admin).post('/v1/roles', odd)).body.errors[0].pointer).toBe('/permissions/0');
  });

  it('in use is not deleted', async () => {
    const name = await makeRole(['orders:read']);
    await assign(await app.shopper(), [name]);
    const { status, body } = await app.as(admin).delete(`/v1/roles/${name}`, ifMatch(1));
    expect([status, body.code]).toEqual([409, 'role_in_use']);
  });

  it('of administrators is fixed', async () => {
    const { body: role } = await app.as(admin).get('/v1/roles/admin');
    const weaker = await app.as(admin).patch('/v1/roles/admin', { permissions: [] }, ifMatch(role.version));
    const gone = await app.as(admin).delete('/v1/roles/admin', ifMatch(role.version));
    expect([weaker.body.code, gone.body.code]).toEqual(['role_fixed', 'role_fixed']);
  });

  it('that loses a permission takes it from those who have it, and ends their sessions', async () => {
    const name = await makeRole(['orders:read', 'stock:read']);
    const person = await app.shopper();
    await assign(person, [name]);
    const login = await app.anyone.post('/v1/auth/login', { email: person.email, password: person.password });
    await app.as(admin).patch(`/v1/roles/${name}`, { permissions: ['stock:read', 'ledger:read'] }, ifMatch(1));
    const { refreshToken } = login.body;
    expect((await app.anyone.post('/v1/auth/refresh', { refreshToken })).status).toBe(401);
    const again = await app.anyone.post('/v1/auth/login', { email: person.email, password: person.password });
    const holder = app.anyone.with(again.body.accessToken);
    expect((await holder.get('/v1/orders')).body.data).toEqual([]);
    expect((await holder.get('/v1/ledger/balances')).status).toBe(200);
  });
});

describe('nobody gives what they do not hold', () => {
  it('in a new role, in a changed one or by giving one', async () => {
    const manager = await holderOf(['roles:write', 'users:read', 'users:write', 'orders:read']);
    const role = { name: 'stolen', description: 'More than I am.', permissions: ['orders:read', 'payments:refund'] };
    const strong = await makeRole(['payments:refund']);
    const weak = await makeRole(['orders:read']);
    const shopper = await app.shopper();
    for (const [what, answer, lacking] of [
      ['made', await manager.post('/v1/roles', role), 'payments:refund'],
      ['made of all', await manager.post('/v1/roles', { ...role, permissions: ['*'] }), '*'],
      ['changed', await manager.patch(`/v1/roles/${weak}`, { permissions: ['*'] }, ifMatch(1)), '*'],
      ['given', await assign(shopper, [strong], manager), 'payments:refund'],
      ['given all', await assign(shopper, ['admin'], manager), '*'],
    ] as [string, Answer, string][]) {
      const { status, body } = answer;
      expect([what, status, body.code, body.permission]).toEqual([what, 403, 'permission_not_held', lacking]);
    }
    expect((await assign(shopper, [weak], manager)).body.roles).toEqual([weak]);
  });

  it('and nobody takes it away', async () => {
    const manager = await holderOf(['roles:write', 'users:read', 'users:write', 'orders:read']);
    const strong = await makeRole(['payments:refund', 'orders:read']);
    const trim = await manager.patch(`/v1/roles/${strong}`, { permissions: ['orders:read'] }, ifMatch(1));
    const demote = await assign(await app.staff(), [], manager);
    const whole = await manager.delete(`/v1/roles/${strong}`, ifMatch(1));
    const all = await manager.delete(`/v1/roles/${await makeRole(['*'])}`, ifMatch(1));
    expect([trim, demote, whole, all].map(({ body }) => body.permission)).toEqual([
      'payments:refund',
      '*',
      'payments:refund',
      '*',
    ]);
    expect((await manager.delete(`/v1/roles/${await makeRole(['orders:read'])}`, ifMatch(1))).status).toBe(204);
  });

  it('nor names what may do more than they', async () => {
    const manager = await holderOf(['roles:write', 'users:read', 'users:write', 'orders:read']);
    const strong = await makeRole(['payments:refund', 'orders:read']);
    const { id } = await app.staff();
    const described = await manager.patch(`/v1/roles/${strong}`, { description: 'Harmless' }, ifMatch(1));
    const renamed = await manager.patch(`/v1/users/${id}`, { name: 'Harmless' }, ifMatch(1));
    expect([described, renamed].map(({ status, body }) => [status, body.permission])).toEqual([
      [403, 'payments:refund'],
      [403, '*'],
    ]);
    const weak = await makeRole(['orders:read']);
    expect((await manager.patch(`/v1/roles/${weak}`, { description: 'Reader' }, ifMatch(1))).status).toBe(200);
    const shopper = await app.shopper();
    expect((await manager.patch(`/v1/users/${shopper.id}`, { name: 'Ada' }, ifMatch(1))).status).toBe(200);
  });

  it('but what is there may stay', async () => {
    const manager = await holderOf(['roles:write', 'orders:read', 'orders:cancel']);
    const strong = await makeRole(['payments:refund', 'orders:read']);
    const permissions = ['payments:refund', 'orders:read', 'orders:cancel'];
    expect((await manager.patch(`/v1/roles/${strong}`, { permissions }, ifMatch(1))).body.permissions).toEqual(
      permissions,
    );
  });
});

describe('an account', () => {
  it('is found by its address, whatever the case, and by its role', async () => {
    const person = await app.shopper();
    const role = await makeRole(['orders:read']);
    await assign(person, [role]);
    const ids = async (query: string) =>
      (await app.as(admin).get(`/v1/users?${query}`)).body.data.map(({ id }: Person) => id);
    expect(await ids(`email=${person.email.toUpperCase()}`)).toEqual([person.id]);
    expect(await ids(`role=${role}`)).toEqual([person.id]);
    expect(await ids('role=nobody')).toEqual([]);
  });

  it('is listed once, newest first, however small the page', async () => {
    const people = [await app.shopper(), await app.shopper(), await app.shopper()];
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await app.as(admin).get(`/v1/users?limit=2${cursor}`);
      seen.push(...body.data.map(({ id }: Person) => id));
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
    } while (cursor !== '');
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.slice(0, 3)).toEqual(people.map(({ id }) => id).reverse());
  });

  it('is renamed by who has seen it as it is', async () => {
    const { id, accessToken } = await app.shopper();
    await app.anyone.with(accessToken).patch('/v1/me', { name: 'Own choice' });
    const stale = await app.as(admin).patch(`/v1/users/${id}`, { name: 'Theirs' }, ifMatch(1));
    expect([stale.status, stale.body.currentVersion]).toEqual([412, 2]);
    const { body } = await app.as(admin).patch(`/v1/users/${id}`, { name: 'Theirs' }, ifMatch(2));
    expect(body).toMatchObject({ name: 'Theirs', roles: [], version: 3 });
  });

  it('that gets other roles signs in again, with what it may do now', async () => {
    const person = await app.staff('staff');
    await assign(person, ['support']);
    const { refreshToken } = person;
    expect((await app.anyone.post('/v1/auth/refresh', { refreshToken })).status).toBe(401);
    const login = await app.anyone.post('/v1/auth/login', { email: person.email, password: person.password });
    expect(login.body.user.roles).toEqual(['support']);
    expect((await app.anyone.with(login.body.accessToken).get('/v1/ledger/balances')).status).toBe(403);
  });

  it('keeps its sessions when the roles stay', async () => {
    const person = await app.staff('support');
    await assign(person, ['support']);
    expect((await app.anyone.post('/v1/auth/refresh', { refreshToken: person.refreshToken })).status).toBe(200);
  });

  it('cannot have a role that is not there', async () => {
    const { status, body } = await assign(await app.shopper(), ['support', 'boss']);
    expect([status, body.errors[0].pointer]).toEqual([422, '/roles/1']);
  });
});

describe('the last administrator', () => {
  const alone = galley();

  const version = async (client: Client, id: string): Promise<number> =>
    (await client.get(`/v1/users/${id}`)).body.version;

  it('stays, also when the last two are demoted at once', async () => {
    const last = await alone.staff();
    const refused = await alone.as(last).patch(`/v1/users/${last.id}`, { roles: ['staff'] }, ifMatch(1));
    expect([refused.status, refused.body.code]).toEqual([409, 'last_administrator']);
    for (let round = 0; round < 5; round++) {
      const other = await alone.staff();
      // Whoever loses a role loses the sessions that had it.
      const { body } = await alone.anyone.post('/v1/auth/login', { email: last.email, password: last.password });
      const client = alone.anyone.with(body.accessToken);
      const versions = [await version(client, last.id), await version(client, other.id)];
      const answers = await Promise.all(
        [last, other].map(({ id }, at) => client.patch(`/v1/users/${id}`, { roles: [] }, ifMatch(versions[at] ?? 0))),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      const remaining = `SELECT user_id AS id FROM auth.user_roles WHERE role = 'admin'`;
      const [left] = await alone.db.query<{ id: string }>(remaining);
      // Whoever is left makes the first one an administrator again, for the next round.
      if (left?.id !== last.id) {
        await alone.db.query(`INSERT INTO auth.user_roles VALUES ($1, 'admin')`, [last.id]);
        await alone.db.query('DELETE FROM auth.user_roles WHERE user_id = $1', [left?.id]);
      }
    }
  });

  it('is held by the database, whoever asks and however', async () => {
    for (const sql of [
      'DELETE FROM auth.user_roles',
      `UPDATE auth.user_roles SET role = 'staff'`,
      `DELETE FROM auth.users`,
    ]) {
      await expect(alone.db.query(sql), sql).rejects.toMatchObject({ constraint: 'ck_last_administrator' });
    }
    await expect(alone.db.query(`UPDATE auth.roles SET permissions = '{}'`)).rejects.toMatchObject({
      constraint: 'ck_roles_admin',
    });
  });
});
