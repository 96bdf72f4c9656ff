import { beforeAll, describe, expect, it } from 'vitest';
import { galley, type Person } from '../support/app.js';
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

  it('stays a tree when two branches are moved below each other at once', async () => {
    for (let round = 0; round < 10; round++) {
      const [a, b] = [await category(), await category()];
      const answers = await Promise.all([
        app.as(staff).patch(`/v1/categories/${a.id}`, { parentId: b.id }, ifMatch(1)),
        app.as(staff).patch(`/v1/categories/${b.id}`, { parentId: a.id }, ifMatch(1)),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
    }
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
      const card = (await app.anyone.get('/v1/products?q=Translated+place', headers)).body.data[0].category.name;
      return [name, description, detail, card];
    };
    const plain = await names('en');
    await put(id, 'de', { name: 'Küche' }, 1);
    for (const language of ['de', 'de-AT', 'de-CH']) {
      expect(await names(language)).toEqual(['Küche', 'All of it.', 'Küche', 'Küche']);
    }
    expect(await names('en')).toEqual(plain);
    expect((await app.as(staff).get(`/v1/categories/${id}/translations`)).body.data).toEqual([
      { locale: 'de', name: 'Küche', description: null, version: 2 },
    ]);
    await app.as(staff).delete(`/v1/categories/${id}/translations/de`, ifMatch(2));
    expect(await names('de')).toEqual(plain);
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
