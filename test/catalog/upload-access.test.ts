import { beforeAll, describe, expect, it } from 'vitest';
import { galley, type Person } from '../support/app.js';
import { until } from '../support/until.js';
import { jpeg, makeProduct, storedFiles } from './media-support.js';

const app = galley();
let admin: Person;
let product: { id: string };
beforeAll(async () => {
  admin = await app.staff();
  product = await makeProduct(app, admin);
});

interface Sender {
  token: string;
  id: string;
}

async function withKey(): Promise<Sender> {
  const permissions = ['products:read', 'products:write'];
  const { body } = await app.as(admin).post('/v1/api-keys', { name: 'Connector', permissions });
  return { token: body.key, id: body.id };
}

async function signedIn(): Promise<Sender> {
  const { accessToken, id } = await app.staff('staff');
  return { token: accessToken, id };
}

interface Upload {
  path: () => string;
  type: string;
  pieces: () => Promise<[Uint8Array, Uint8Array]>;
  /** What there is of uploads that have begun. */
  begun: () => Promise<{ length: number }>;
}

const imported: Upload = {
  path: () => '/v1/imports',
  type: 'text/csv',
  pieces: async () => [Buffer.from('slug,sku,name,price,currency\n'), Buffer.from('late,LATE,Late,5,EUR\n')],
  begun: () => app.db.query('SELECT FROM catalog.imports'),
};

const pictured: Upload = {
  path: () => `/v1/products/${product.id}/media`,
  type: 'multipart/form-data; boundary=b',
  pieces: async () => {
    const file = await jpeg(60, 60);
    const head = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n';
    return [
      Buffer.concat([Buffer.from(head), file.subarray(0, 300)]),
      Buffer.concat([file.subarray(300), Buffer.from('\r\n--b--\r\n')]),
    ];
  },
  begun: () => storedFiles(app),
};

/** Sends a piece, does something when the server has taken that in, and sends the rest. */
async function send({ path, type, pieces, begun }: Upload, { token }: Sender, meanwhile: () => Promise<unknown>) {
  const [first, rest] = await pieces();
  const started = begun();
  const body = ReadableStream.from(
    (async function* () {
      const { length } = await started;
      yield first;
      await until(async () => ((await begun()).length > length ? true : null));
      await meanwhile();
      yield rest;
    })(),
  );
  return app.anyone.with(token).send('POST', path(), body, { 'content-type': type });
}

const ifMatch = { 'if-match': '"1"' };
const revokeKey = ({ id }: Sender) => app.as(admin).delete(`/v1/api-keys/${id}`, ifMatch);
const lessenKey = ({ id }: Sender) =>
  app.as(admin).patch(`/v1/api-keys/${id}`, { permissions: ['products:read'] }, ifMatch);
const endSessions = ({ id }: Sender) => app.as(admin).delete(`/v1/users/${id}/sessions`);
const takeRoles = ({ id }: Sender) => app.as(admin).patch(`/v1/users/${id}`, { roles: [] }, ifMatch);

describe.each([
  ['A file of products', imported],
  ['A picture', pictured],
])('%s that is still on its way', (_, upload) => {
  const kept = () =>
    Promise.all([
      storedFiles(app),
      app.db.query('SELECT id, status FROM catalog.imports'),
      app.db.query('SELECT id FROM catalog.media'),
      app.db.query(`SELECT id FROM jobs.job WHERE name IN ('catalog.import', 'catalog.make-media-sizes')`),
    ]);

  it.each([
    ['the API key of its sender is revoked', withKey, revokeKey, 401],
    ['the API key of its sender loses the permission', withKey, lessenKey, 403],
    ['the session of its sender is ended', signedIn, endSessions, 401],
    ['the roles of its sender are taken away', signedIn, takeRoles, 401],
  ])('is refused as a new one would be when %s, and leaves nothing', async (_, make, lose, status) => {
    const sender = await make();
    const before = await kept();
    const refused = await send(upload, sender, async () => expect((await lose(sender)).status).toBeLessThan(300));
    const headers = { 'content-type': upload.type };
    const anew = await app.anyone.with(sender.token).send('POST', upload.path(), 'x', headers);
    expect(refused.status).toBe(status);
    expect(anew).toMatchObject({ status, body: { code: refused.body.code, detail: refused.body.detail } });
    expect(await kept()).toEqual(before);
  });

  it('is taken when its sender may as before, without asking the database again', async () => {
    for (const make of [withKey, signedIn]) {
      const sender = await make();
      await app.anyone.with(sender.token).get('/v1/products');
      const asked = await app.statements(async () => {
        expect((await send(upload, sender, async () => {})).status).toBe(201);
      });
      expect(asked.filter((sql) => /auth\./.test(sql))).toEqual([]);
    }
  });
});
