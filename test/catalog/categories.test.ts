import { beforeAll, describe, expect, it } from 'vitest';
import { CategoryCountsJobs } from '#src/catalog/categories/category-counts.jobs.js';
import { galley, type Person } from '../support/app.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { ifMatch, isKept, makeProduct } from './catalog-support.js';

const app = galley({ GALLEY_LOCALES: 'en,de,de-AT' });
let staff: Person;
let made = 0;
beforeAll(async () => {
  staff = await app.staff();
});

interface Node {
  id: string;
  slug: string;
  path: string;
  children: Node[];
}

interface Counted {
  id: string;
  productCount: number;
  children: Counted[];
}

async function category(parentId: string | null = null, more: object = {}): Promise<Node & { version: number }> {
  const { status, body } = await app
    .as(staff)
    .post('/v1/categories', { name: `Category ${++made}`, parentId, ...more });
  expect(status).toBe(201);
  return body;
}

async function pathOf(id: string): Promise<string> {
  return (await app.anyone.get(`/v1/categories/${id}`)).body.path;
}

describe('the tree', () => {
  it('comes whole, in order, and at once after a change', async () => {
    const top = await category(null, { name: 'Zebra', position: 0 });
    const second = await category(top.id, { name: 'B', slug: 'tree-b', position: 2 });
    const first = await category(top.id, { name: 'C', slug: 'tree-c', position: 1 });
    const { body } = await app.anyone.get('/v1/categories');
    const node = (body.data as Node[]).find(({ id }) => id === top.id);
    expect(node?.children.map(({ id }) => id)).toEqual([first.id, second.id]);
    expect(node?.children[0]).toMatchObject({ path: 'zebra/tree-c', parentId: top.id, children: [] });
    expect(await isKept(app, '/v1/categories')).toBe(true);
    await app.as(staff).patch(`/v1/categories/${first.id}`, { position: 3 }, ifMatch(1));
    const after = (await app.anyone.get('/v1/categories')).body.data as Node[];
    expect(after.find(({ id }) => id === top.id)?.children.map(({ id }) => id)).toEqual([second.id, first.id]);
  });

  it('moves whole branches', async () => {
    const [a, b] = [await category(), await category()];
    const child = await category(a.id);
    const grandchild = await category(child.id);
    const moved = await app
      .as(staff)
      .patch(`/v1/categories/${child.id}`, { parentId: b.id, slug: 'moved' }, ifMatch(1));
    expect([moved.body.path, moved.body.version]).toEqual([`${b.slug}/moved`, 2]);
    expect(await pathOf(grandchild.id)).toBe(`${b.slug}/moved/${grandchild.slug}`);
    await app.as(staff).patch(`/v1/categories/${child.id}`, { parentId: null }, ifMatch(2));
    expect(await pathOf(grandchild.id)).toBe(`moved/${grandchild.slug}`);
  });

  it('has no loops and at most six levels', async () => {
    const chain = [await category()];
    for (let level = 2; level <= 6; level++) chain.push(await category(chain.at(-1)?.id));
    const deeper = await app.as(staff).post('/v1/categories', { name: 'Too deep', parentId: chain.at(-1)?.id });
    expect([deeper.status, deeper.body.errors[0].code]).toEqual([422, 'too_deep']);
    const loop = await app.as(staff).patch(`/v1/categories/${chain[0]?.id}`, { parentId: chain[2]?.id }, ifMatch(1));
    expect([loop.status, loop.body.errors[0].code]).toEqual([422, 'own_descendant']);
    const self = await app.as(staff).patch(`/v1/categories/${chain[0]?.id}`, { parentId: chain[0]?.id }, ifMatch(1));
    expect(self.status).toBe(422);
    const tall = await app
      .as(staff)
      .patch(`/v1/categories/${chain[1]?.id}`, { parentId: (await category((await category()).id)).id }, ifMatch(1));
    expect([tall.status, tall.body.errors[0].code]).toEqual([422, 'too_deep']);
  });

  it('says by the version of what is below that its path has changed', async () => {
    const [a, b] = [await category(), await category()];
    const child = await category(a.id);
    const before = await app.anyone.get(`/v1/categories/${child.id}`);
    await app.as(staff).patch(`/v1/categories/${a.id}`, { parentId: b.id }, ifMatch(1));
    const seen = { 'if-none-match': before.headers['etag'] as string };
    const after = await app.anyone.get(`/v1/categories/${child.id}`, seen);
    expect([after.status, after.body.path]).toEqual([200, `${b.slug}/${a.slug}/${child.slug}`]);
    expect((await app.as(staff).patch(`/v1/categories/${child.id}`, { name: 'Late' }, ifMatch(1))).status).toBe(412);
  });
});

describe('Who moves a branch', () => {
  const HELD = 'SELECT FROM catalog.categories WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE';
  const move = (id: string, parentId: string | null, version = 1) =>
    app.as(staff).patch(`/v1/categories/${id}`, { parentId }, ifMatch(version));

  it('keeps out of the way of other branches, products and readers', async () => {
    const [a, b, elsewhere] = [await category(), await category(), await category()];
    const child = await category(a.id);
    const beside = await category(elsewhere.id);
    const product = await makeProduct(app, staff, { categoryId: child.id });
    const meanwhile = async () => {
      expect((await move(beside.id, null)).status).toBe(200);
      expect((await category(elsewhere.id)).path).toMatch(`${elsewhere.slug}/`);
      await makeProduct(app, staff, { categoryId: child.id });
      const { status } = await app.as(staff).patch(`/v1/products/${product.id}`, { categoryId: a.id }, ifMatch(1));
      expect(status).toBe(200);
      expect((await app.anyone.get('/v1/categories')).status).toBe(200);
      expect(await pathOf(child.id)).toBe(child.path);
    };
    const sql = 'UPDATE catalog.categories SET position = 5 WHERE id = $1';
    const { status } = await inTheWayOf(app, { sql, params: [child.id], waiting: 1, meanwhile }, () =>
      move(a.id, b.id),
    );
    expect([status, await pathOf(child.id)]).toEqual([200, `${b.slug}/${child.path}`]);
  });

  it('does not wait for who is just putting a product into it, nor holds them up', async () => {
    const [a, b] = [await category(), await category()];
    const { id, path } = await category(a.id);
    const product = await makeProduct(app, staff);
    const client = await app.db.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('UPDATE catalog.products SET category_id = $1 WHERE id = $2', [id, product.id]);
      expect((await move(a.id, b.id)).status).toBe(200);
      await client.query('COMMIT');
    } finally {
      client.release(true);
    }
    expect(await pathOf(id)).toBe(`${b.slug}/${path}`);
  });

  it('makes no loop with who moves the other one below it at the same time', async () => {
    const [a, b] = [await category(), await category()];
    const [below, beyond] = [await category(a.id), await category(b.id)];
    const answers = await inTheWayOf(app, { sql: HELD, params: [[a.id, b.id]], waiting: 2 }, () =>
      Promise.all([move(a.id, beyond.id), move(b.id, below.id)]),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
    const [winner, loser] = answers[0].status === 200 ? [a, b] : [b, a];
    expect(await pathOf(winner.id)).toMatch(new RegExp(`^${loser.slug}/`));
  });

  it('makes no tree of seven levels with who lengthens the other end', async () => {
    const [top, other, moved] = [await category(), await category(), await category()];
    const [second, third] = [await category(top.id), await category(moved.id)];
    const [deep, deeper] = [await category(second.id), await category(third.id)];
    await category(deeper.id);
    const answers = await inTheWayOf(app, { sql: HELD, params: [[top.id, other.id, moved.id]], waiting: 2 }, () =>
      Promise.all([move(moved.id, second.id), move(top.id, other.id)]),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
    expect(await pathOf(deep.id)).toMatch(new RegExp(`${top.slug}/${second.slug}/${deep.slug}$`));
  });

  it('follows a branch that somebody else has moved while it waited', async () => {
    const [a, b, c] = [await category(), await category(), await category()];
    const child = await category(a.id);
    const paths = `UPDATE catalog.categories SET path = CASE id WHEN $1 THEN $3 ELSE $4 END,
      parent_id = CASE id WHEN $1 THEN $5 ELSE parent_id END WHERE id IN ($1, $2)`;
    const params = [a.id, child.id, `${b.slug}/${a.slug}`, `${b.slug}/${child.path}`, b.id];
    const { body } = await inTheWayOf(app, { sql: paths, params, waiting: 1 }, () =>
      app.as(staff).patch(`/v1/categories/${child.id}`, { slug: `${child.slug}-x` }, ifMatch(1)),
    );
    expect(body.path).toBe(`${b.slug}/${a.slug}/${child.slug}-x`);
    const alone = await move(child.id, c.id, 2);
    expect(alone.body.path).toBe(`${c.slug}/${child.slug}-x`);
  });
});

describe('a category', () => {
  it('needs a slug of its own', async () => {
    const taken = await category();
    const { status, body } = await app.as(staff).post('/v1/categories', { name: 'Other', slug: taken.slug });
    expect([status, body.code]).toEqual([409, 'slug_taken']);
    const unnamed = await app.as(staff).post('/v1/categories', { name: '茶' });
    expect([unnamed.status, unnamed.body.errors[0].pointer]).toEqual([422, '/slug']);
    const orphan = await app
      .as(staff)
      .post('/v1/categories', { name: 'Orphan', parentId: '0190a0a0-0000-7000-8000-000000000000' });
    expect([orphan.status, orphan.body.errors[0].pointer]).toEqual([422, '/parentId']);
  });

  it('is renamed for everyone at once, also where products name it', async () => {
    const place = await category();
    const product = await makeProduct(app, staff, { categoryId: place.id });
    const read = async () => (await app.anyone.get(`/v1/products/${product.slug}`)).body.category.name;
    expect(await read()).toMatch(/^Category/);
    await app.as(staff).patch(`/v1/categories/${place.id}`, { name: 'Renamed' }, ifMatch(1));
    expect(await read()).toBe('Renamed');
  });

  it('is renamed quickly, whatever stands in it, and found by its new name soon', async () => {
    const place = await category();
    const product = await makeProduct(app, staff, { categoryId: place.id });
    const found = async () => (await app.anyone.get('/v1/products?q=Zanzibar')).body.data as { id: string }[];
    const statements = await app.statements(() =>
      app.as(staff).patch(`/v1/categories/${place.id}`, { name: 'Zanzibar' }, ifMatch(1)),
    );
    expect(statements.filter((sql) => /catalog\.(products|refresh)/.test(sql))).toEqual([]);
    await app.runDue();
    expect((await found()).map(({ id }) => id)).toEqual([product.id]);
  });

  it('is not deleted while somebody puts a product into it', async () => {
    const place = await category();
    const product = await makeProduct(app, staff);
    const sql = 'UPDATE catalog.products SET category_id = $1 WHERE id = $2';
    const { status, body } = await inTheWayOf(app, { sql, params: [place.id, product.id], waiting: 1 }, () =>
      app.as(staff).delete(`/v1/categories/${place.id}`, ifMatch(1)),
    );
    expect([status, body.code]).toEqual([409, 'category_not_empty']);
  });

  it('is left by what is archived, as is a brand, and can go then', async () => {
    const client = app.as(staff);
    const { id } = (await client.post('/v1/categories', { name: 'Last winter' })).body;
    const brand = (await client.post('/v1/brands', { name: 'Bygone' })).body;
    const product = await makeProduct(app, staff, { name: 'Muff', categoryId: id, brandId: brand.id });
    const { body: other } = await client.post('/v1/categories', { name: 'Next winter' });
    const path = `/v1/products/${product.id}`;
    await client.delete(path, ifMatch(1));
    const refused = await client.delete(`/v1/categories/${id}`, ifMatch(1));
    expect(refused.body.detail).toContain('GET /v1/products?category=last-winter');
    const listed = await client.get('/v1/products?category=last-winter');
    expect(listed.body.data.map((card: { id: string }) => card.id)).toEqual([product.id]);
    expect((await client.patch(path, { categoryId: other.id }, ifMatch(2))).body.code).toBe('product_archived');
    expect((await client.patch(path, { categoryId: null, name: 'X' }, ifMatch(2))).body.code).toBe('product_archived');
    expect((await client.patch(path, { categoryId: null, brandId: null }, ifMatch(2))).status).toBe(200);
    expect((await client.delete(`/v1/categories/${id}`, ifMatch(1))).status).toBe(204);
    expect((await client.delete(`/v1/brands/${brand.id}`, ifMatch(1))).status).toBe(204);
  });

  it('is deleted only when nothing is left in it', async () => {
    const place = await category();
    const below = await category(place.id);
    const product = await makeProduct(app, staff, { categoryId: below.id });
    const refused = await app.as(staff).delete(`/v1/categories/${place.id}`, ifMatch(1));
    expect([refused.status, refused.body.code]).toEqual([409, 'category_not_empty']);
    expect((await app.as(staff).delete(`/v1/categories/${below.id}`, ifMatch(1))).status).toBe(409);
    await app.as(staff).patch(`/v1/products/${product.id}`, { categoryId: null }, ifMatch(1));
    expect((await app.as(staff).delete(`/v1/categories/${below.id}`, ifMatch(1))).status).toBe(204);
    expect((await app.as(staff).delete(`/v1/categories/${place.id}`, ifMatch(2))).status).toBe(412);
    expect((await app.as(staff).delete(`/v1/categories/${place.id}`, ifMatch(1))).status).toBe(204);
    expect((await app.anyone.get(`/v1/categories/${place.slug}`)).status).toBe(404);
  });

  it('needs products:write', async () => {
    const shopper = await app.shopper();
    expect((await app.as(shopper).post('/v1/categories', { name: 'X' })).status).toBe(403);
  });
});

describe('How many products a category has', () => {
  const counted = async (...ids: string[]) => {
    const all = (nodes: Counted[]): Counted[] => nodes.flatMap((node) => [node, ...all(node.children)]);
    const nodes = all((await app.anyone.get('/v1/categories')).body.data as Counted[]);
    return ids.map((id) => nodes.find((node) => node.id === id)?.productCount);
  };
  const countNow = () => app.service(CategoryCountsJobs).count();

  it('is counted with those below, drafts and archived ones left out', async () => {
    const [top, beside] = [await category(), await category()];
    const [left, right] = [await category(top.id), await category(top.id)];
    await makeProduct(app, staff, { categoryId: top.id });
    const moved = await makeProduct(app, staff, { categoryId: left.id });
    const archived = await makeProduct(app, staff, { categoryId: right.id });
    await makeProduct(app, staff, { categoryId: right.id, status: 'draft' });
    const all = [top.id, left.id, right.id, beside.id];
    expect(await counted(...all)).toEqual([0, 0, 0, 0]);
    await countNow();
    expect(await counted(...all)).toEqual([3, 1, 1, 0]);
    await app.as(staff).delete(`/v1/products/${archived.id}`, ifMatch(1));
    await app.as(staff).patch(`/v1/products/${moved.id}`, { categoryId: beside.id }, ifMatch(1));
    await countNow();
    expect(await counted(...all)).toEqual([1, 0, 0, 1]);
    await app.as(staff).patch(`/v1/categories/${top.id}`, { parentId: beside.id }, ifMatch(1));
    await countNow();
    expect(await counted(...all)).toEqual([1, 0, 0, 2]);
  });

  it('is written only where it has changed, and the tree stays in the cache else', async () => {
    const { id } = await category();
    await makeProduct(app, staff, { categoryId: id });
    await countNow();
    const before = await app.db.query('SELECT * FROM catalog.category_counts ORDER BY 1');
    expect(await isKept(app, '/v1/categories')).toBe(true);
    await countNow();
    expect(await app.db.query('SELECT * FROM catalog.category_counts ORDER BY 1')).toEqual(before);
    expect(await isKept(app, '/v1/categories')).toBe(true);
  });

  it('goes with a category that is deleted just then', async () => {
    const { id } = await category();
    const { id: productId } = await makeProduct(app, staff, { categoryId: id });
    await countNow();
    await app.as(staff).delete(`/v1/products/${productId}`, ifMatch(1));
    await app.db.query('UPDATE catalog.products SET category_id = NULL WHERE id = $1', [productId]);
    const sql = 'DELETE FROM catalog.categories WHERE id = $1';
    await inTheWayOf(app, { sql, params: [id], waiting: 1 }, countNow);
    expect(await app.db.query('SELECT FROM catalog.category_counts WHERE category_id = $1', [id])).toEqual([]);
    expect(await counted(id)).toEqual([undefined]);
  });
});

describe('A translation', () => {
  const put = (id: string, locale: string, texts: object, version: number) =>
    app.as(staff).put(`/v1/categories/${id}/translations/${locale}`, texts, ifMatch(version));

  it('reaches the tree, details and cards of products, and falls back', async () => {
    const { id } = await category(null, { description: 'All of it.' });
    const { slug } = await makeProduct(app, staff, { name: 'Translated place', categoryId: id });
    const names = async (language: string) => {
      const headers = { 'accept-language': language };
      const tree = (await app.anyone.get('/v1/categories', headers)).body.data as {
        id: string;
        name: string;
        description: string;
      }[];
      const { name, description } = tree.find((node) => node.id === id)!;
      const detail = (await app.anyone.get(`/v1/products/${slug}`, headers)).body.category.name;
      const own = (await app.anyone.get(`/v1/categories/${id}`, headers)).body;
      expect([own.name, own.description]).toEqual([name, description]);
      const card = (await app.anyone.get('/v1/products?q=Translated+place', headers)).body.data[0].category.name;
      return [name, description, detail, card];
    };
    const plain = await names('en');
    await put(id, 'de', { name: 'Küche' }, 1);
    for (const language of ['de', 'de-AT', 'de-CH']) {
      expect(await names(language)).toEqual(['Küche', 'All of it.', 'Küche', 'Küche']);
    }
    expect(await names('en')).toEqual(plain);
    expect((await put(id, 'de', { name: 'Küche', description: null }, 2)).body).toMatchObject({ version: 2 });
    expect((await app.as(staff).get(`/v1/categories/${id}/translations`)).body.data).toEqual([
      { locale: 'de', name: 'Küche', description: null, version: 2 },
    ]);
    await app.as(staff).delete(`/v1/categories/${id}/translations/de`, ifMatch(2));
    expect(await names('de')).toEqual(plain);
  });

  it('is read by id or slug in the language of the reader, each text on its own', async () => {
    const name = 'Galley of old';
    const { id, slug } = await category(null, { name, description: 'All of it.' });
    await put(id, 'de', { name: 'Küche', description: 'Alles.' }, 1);
    await put(id, 'de-AT', { description: 'Ois.' }, 2);
    const read = async (query: string, language = 'en') => {
      const { body } = await app.anyone.get(`/v1/categories/${query}`, { 'accept-language': language });
      return [body.name, body.description];
    };
    expect(await read(`${slug}?locale=de-AT`)).toEqual(['Küche', 'Ois.']);
    expect(await read(`${id}?locale=de`, 'en')).toEqual(['Küche', 'Alles.']);
    expect(await read(id, 'de-CH, en;q=0.5')).toEqual(['Küche', 'Alles.']);
    expect(await read(`${id}?locale=en`, 'de')).toEqual([name, 'All of it.']);
    expect((await app.anyone.get(`/v1/categories/${id}?locale=x`)).status).toBe(422);
    const { body } = await app.as(staff).patch(`/v1/categories/${id}`, { position: 3 }, ifMatch(3));
    expect(body.name).toBe(name);
  });

  it('has an ETag for each language, of the one version that changes name', async () => {
    const { id } = await category();
    await put(id, 'de', { name: 'Küche' }, 1);
    const read = (language: string, seen = '"0"') =>
      app.anyone.get(`/v1/categories/${id}`, { 'accept-language': language, 'if-none-match': seen });
    const answers = await Promise.all(['en', 'de', 'de-AT'].map((language) => read(language)));
    expect(answers.map(({ headers }) => headers['etag'])).toEqual(['"2"', '"2-de"', '"2-de-AT"']);
    expect(answers[1]?.headers['vary']).toContain('accept-language');
    const statuses = ['en', 'de'].map(async (language) => (await read(language, '"2-de"')).status);
    expect(await Promise.all(statuses)).toEqual([200, 304]);
    const change = { 'if-match': '"2-de"' };
    expect((await app.as(staff).patch(`/v1/categories/${id}`, { position: 3 }, change)).body.version).toBe(3);
    expect((await app.as(staff).patch(`/v1/categories/${id}`, { position: 4 }, change)).status).toBe(412);
  });

  it('reaches facets, and a new category suggestions', async () => {
    const suggest = async () => (await app.anyone.get('/v1/search/suggestions?q=lantern+roo')).body.data;
    expect(await suggest()).toEqual([]);
    const { id } = await category(null, { name: 'Lantern room' });
    expect(await suggest()).toMatchObject([{ kind: 'category', text: 'Lantern room' }]);
    await makeProduct(app, staff, { name: 'Fresnel lens', categoryId: id });
    await put(id, 'de', { name: 'Laternenraum' }, 1);
    const { body } = await app.anyone.get('/v1/search/facets?q=Fresnel&locale=de');
    expect(body.data[0].values).toEqual([{ value: 'lantern-room', label: 'Laternenraum', count: 1 }]);
  });

  it('is guarded by the version, and of a language that the shop speaks', async () => {
    const { id } = await category();
    expect((await put(id, 'de', { name: 'Eins' }, 7)).status).toBe(412);
    expect((await put(id, 'fr', { name: 'Un' }, 1)).body.errors[0].code).toBe('unknown_locale');
    expect((await app.as(staff).delete(`/v1/categories/${id}/translations/de`, ifMatch(1))).status).toBe(404);
  });
});
