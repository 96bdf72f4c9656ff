import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CollectionsJobs } from '#src/catalog/collections/collections.jobs.js';
import { PRODUCT_SORTS } from '#src/catalog/products/list-filters.js';
import { SearchTiersJobs } from '#src/catalog/search/search-tiers.jobs.js';
import { ADDRESS } from '../orders/shop.js';
import { galley, type Person } from '../support/app.js';
import { fillCatalog } from '../support/fill.ts';
import { buffersOf, nodesOf, type PlanNode, Plans } from '../support/plans.ts';
import { statementsOf } from '../support/statements.ts';

const PRODUCTS = 100_000;
/** A table of fewer rows may be read whole: it does not grow with the catalogue. */
const FEW = 1000;

/** Twenty products in a category: half of them have it for their main one, half for a further one. */
const PLACE_FEW = `
  WITH place AS (
    INSERT INTO catalog.categories (id, slug, name, path) VALUES (uuidv7(), 'few', 'Few', 'few') RETURNING id
  ), chosen AS (
    SELECT id, row_number() OVER (ORDER BY md5(id::text)) AS number FROM catalog.products
  )
  UPDATE catalog.products p SET
    category_id = CASE WHEN number % 2 = 0 THEN place.id ELSE category_id END,
    category_ids = CASE WHEN number % 2 = 1 THEN ARRAY[place.id] ELSE category_ids END
  FROM place, chosen c WHERE c.id = p.id AND c.number <= 20`;

// Without the cache of finished answers: each request is worked out.
const app = galley({ GALLEY_CACHE_MB: '0' });
let plans: Plans;
let growing: string[];
let shopper: Person;
let one: { id: string; slug: string; category: string; variant: string; word: string };

/** Two collections: one of twenty products, and one of every second. */
async function makeCollections(): Promise<void> {
  await app.db.query(
    `UPDATE catalog.products SET tags = '{rare}' WHERE id IN (SELECT id FROM catalog.products ORDER BY md5(id::text) LIMIT 20)`,
  );
  const staff = app.as(await app.staff());
  for (const [name, condition] of [
    ['small', { by: 'tag', values: ['rare'] }],
    ['large', { by: 'price', currency: 'EUR', max: 2500 }],
  ] as const) {
    await staff.post('/v1/collections', { name, rule: { match: 'all', conditions: [condition] } });
  }
  await app.service(CollectionsJobs).follow();
  await app.db.query('VACUUM ANALYZE catalog.collection_products');
}

beforeAll(async () => {
  await fillCatalog(app.databaseUrl, PRODUCTS);
  await makeCollections();
  await app.db.query(PLACE_FEW);
  await app.db.query('ANALYZE catalog.products');
  const tables = await app.db.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relnamespace = 'catalog'::regnamespace AND relkind = 'r' AND reltuples > ${FEW}`,
  );
  growing = tables.map(({ name }) => name);
  [one] = (await app.db.query(
    `SELECT p.id, p.slug, c.slug AS category, v.id AS variant, split_part(p.name, ' ', 1) AS word
     FROM catalog.products p JOIN catalog.categories c ON c.id = p.category_id JOIN catalog.variants v ON v.product_id = p.id
     ORDER BY p.id LIMIT 1`,
  )) as [typeof one];
  shopper = await app.shopper();
  plans = new Plans(app.databaseUrl);
  await plans.open();
}, 180_000);

afterAll(() => plans?.close());

/** Names the tables that a statement of this request reads from end to end. */
async function readWhole(request: () => Promise<{ status: number }>): Promise<string[]> {
  let status = 0;
  const statements = await statementsOf(async () => {
    ({ status } = await request());
  });
  expect(status).toBeLessThan(300);
  const planned = statements.filter(({ text }) => /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)/i.test(text));
  expect(planned.length).toBeGreaterThan(0);
  const found: string[] = [];
  for (const statement of planned) {
    for (const node of nodesOf(await plans.of(statement))) {
      const table = node['Relation Name'];
      if (node['Node Type'] === 'Seq Scan' && table && growing.includes(table))
        found.push(`${table}: ${statement.text}`);
    }
  }
  return found;
}

const reading = (path: string) => readWhole(() => app.anyone.get(path));

describe(`Among ${PRODUCTS} products no table is read whole by`, () => {
  it('knows which tables grow', () => {
    expect(growing).toEqual(expect.arrayContaining(['products', 'variants', 'prices', 'stock', 'card_prices']));
  });

  it.each(PRODUCT_SORTS.filter((sort) => sort !== 'relevance'))(
    'a list that is sorted by %s, and its next page',
    async (sort) => {
      expect(await reading(`/v1/products?sort=${sort}`)).toEqual([]);
      const { body } = await app.anyone.get(`/v1/products?sort=${sort}`);
      expect(await reading(`/v1/products?sort=${sort}&cursor=${body.nextCursor}`)).toEqual([]);
      expect(await reading(`/v1/products?sort=${sort}&category=${one.category}&inStock=true`)).toEqual([]);
    },
  );

  it.each([
    ['a category', () => `category=${one.category}`],
    ['prices', () => 'minPrice=1000&maxPrice=2000'],
    ['a currency', () => 'currency=USD'],
    ['what is in stock', () => 'inStock=true'],
    ['an option', () => 'option[Size]=Small'],
    ['an attribute', () => 'attribute[material]=Copper'],
    ['a tag', () => 'tag=stove'],
    ['a collection of few products', () => 'collection=small'],
    ['a collection of many products', () => 'collection=large'],
    ['all of it', () => `category=${one.category}&minPrice=1000&maxPrice=5000&inStock=true&option[Size]=Small`],
  ])('a list that is filtered by %s', async (_, query) => {
    expect(await reading(`/v1/products?${query()}`)).toEqual([]);
  });

  it('a detail, by id and by slug', async () => {
    expect(await reading(`/v1/products/${one.id}`)).toEqual([]);
    expect(await reading(`/v1/products/${one.slug}`)).toEqual([]);
    expect(await reading(`/v1/products/${one.slug}?include=related`)).toEqual([]);
  });

  it.each(['', '&sort=price', '&sort=-createdAt', '&inStock=true'])('a search%s', async (more) => {
    expect(await reading(`/v1/products?q=${one.word}${more}`)).toEqual([]);
    expect(await reading(`/v1/products?q=${one.slug.replaceAll('-', '+')}${more}`)).toEqual([]);
  });

  it('a search for a misspelt word', async () => {
    expect(await reading(`/v1/products?q=${one.word.slice(0, 3)}x${one.word.slice(3)}`)).toEqual([]);
  });

  it('facets and suggestions', async () => {
    expect(await reading(`/v1/search/facets?q=${one.word}`)).toEqual([]);
    expect(await reading(`/v1/search/facets?category=${one.category}`)).toEqual([]);
    expect(await reading(`/v1/search/suggestions?q=${one.word.slice(0, 4)}`)).toEqual([]);
  });

  it('the categories', async () => {
    expect(await reading('/v1/categories')).toEqual([]);
  });

  it('a cart, from the first item to the order', async () => {
    const buyer = app.as(shopper);
    let cart = '';
    const inCart = { items: [{ variantId: one.variant, quantity: 1 }] };
    expect(
      await readWhole(async () => {
        const answer = await buyer.post('/v1/carts', inCart);
        cart = answer.body.id;
        return answer;
      }),
    ).toEqual([]);
    expect(await readWhole(() => buyer.get(`/v1/carts/${cart}`))).toEqual([]);
    expect(await readWhole(() => buyer.patch(`/v1/carts/${cart}`, { shippingAddress: ADDRESS }))).toEqual([]);
    const payment = { provider: 'sandbox', token: 'tok_ok' };
    const key = { 'idempotency-key': 'read-whole' };
    expect(await readWhole(() => buyer.post(`/v1/carts/${cart}/checkout`, { payment }, key))).toEqual([]);
    const items = [{ variantId: one.variant, quantity: 1 }];
    const order = { items, email: shopper.email, shippingAddress: ADDRESS, payment };
    expect(await readWhole(() => buyer.post('/v1/orders', order, { 'idempotency-key': 'read-whole-too' }))).toEqual([]);
  });

  it('the stock of a variant and what moved it', async () => {
    const staff = app.as(await app.staff());
    expect(await readWhole(() => staff.get(`/v1/variants/${one.variant}/stock`))).toEqual([]);
    expect(await readWhole(() => staff.get(`/v1/variants/${one.variant}/stock/movements`))).toEqual([]);
    const adjustment = { delta: 5, reason: 'found' };
    expect(await readWhole(() => staff.post(`/v1/variants/${one.variant}/stock/adjustments`, adjustment))).toEqual([]);
  });
});

/** What became of the statements of a list. */
async function runsOf(query: string, path = '/v1/products'): Promise<PlanNode[]> {
  const statements = await statementsOf(() => app.anyone.get(`${path}?${query}`));
  const runs: PlanNode[] = [];
  for (const statement of statements) runs.push(await plans.of(statement, { run: true }));
  return runs;
}

/** Pages of tables and indexes that the statements of a list look at. */
const looksAt = async (query: string, path?: string) =>
  (await runsOf(query, path)).map(buffersOf).reduce((sum, pages) => sum + pages, 0);

describe('A filtered list looks at little,', () => {
  /** Reading every product would take twice as many at the least, and joining them ten to fifty times. */
  const most = 5000;

  it.each([
    ['every product has', 'option[Size]=Small'],
    ['no product has', 'option[Size]=Immense'],
    ['every twentieth has', 'attribute[material]=Copper'],
    ['no product has, of two kinds', 'attribute[material]=Gold&tag=stove'],
    ['every third has', 'minPrice=1500&maxPrice=4000'],
    ['one in a hundred has', 'minPrice=1500&maxPrice=1600&option[Size]=Small'],
    ['twenty are in', 'category=few'],
    ['twenty are in, by price', 'category=few&sort=price'],
    ['twenty are in, by name', 'category=few&sort=name'],
    ['half are in', 'category=cooking'],
    ['half are in, by price', 'category=cooking&sort=price'],
    ['half are in, by name', 'category=cooking&sort=name'],
    ['none is in, by price', 'category=nowhere&sort=price'],
    ['many have, and is in stock', 'minPrice=1500&maxPrice=4000&inStock=true&option[Size]=Small'],
  ])('whether it asks for what %s', async (_, query) => {
    expect(await looksAt(query)).toBeLessThan(most);
  });

  /** A card takes some fifteen pages, wherever it is from. */
  const flat = 700;

  it.each(['', '&sort=createdAt', '&sort=name', '&sort=price', '&sort=bestSelling', '&currency=USD', '&inStock=true'])(
    'whether it asks for a collection of few products or of many%s',
    async (more) => {
      expect(await looksAt(`collection=small${more}`)).toBeLessThan(flat);
      expect(await looksAt(`collection=large${more}`)).toBeLessThan(flat);
      const { body } = await app.anyone.get(`/v1/products?collection=large${more}`);
      expect(await looksAt(`collection=large${more}&cursor=${body.nextCursor}`)).toBeLessThan(flat);
    },
  );

  describe('whether it asks for what is sold out, where', () => {
    /** Sells out all variants of products, one of them in so many. */
    async function sellOut(oneIn: number): Promise<void> {
      await app.db.query(
        `UPDATE catalog.stock s SET on_hand = 0 FROM catalog.variants v
         WHERE v.id = s.variant_id AND s.reserved = 0
           AND ('x' || left(md5(v.product_id::text), 7))::bit(28)::integer % ${oneIn} = 0`,
      );
      await app.db.query('VACUUM ANALYZE catalog.sold_out');
    }

    it.each([
      ['nothing is', undefined],
      ['few are', 5000],
      ['half of them are', 2],
    ])('%s', async (_, oneIn) => {
      if (oneIn) await sellOut(oneIn);
      for (const more of ['', '&sort=name', '&sort=price', '&sort=bestSelling', '&limit=100', '&minPrice=1500']) {
        expect(await looksAt(`inStock=false${more}`)).toBeLessThan(most);
      }
      expect(await looksAt(`inStock=false`)).toBeLessThan(2 * flat);
    });
  });
});

describe('A search', () => {
  const tiers = () => app.service(SearchTiersJobs).place();
  const tierOf = async (id: string) =>
    (await app.db.query('SELECT search_tier FROM catalog.products WHERE id = $1', [id]))[0]?.search_tier;

  it.each([
    ['that one in seven has', 'q=cotton'],
    ['that one in fifteen has', 'q=harbour'],
    ['that one in forty has', 'q=kettle'],
    ['that nobody has', 'q=zyzzyva'],
    ['that is misspelt', 'q=ketle'],
    ['beside others', 'q=harbour+cotton+kettle'],
  ])('has indexes name few products and looks at few for a word %s', async (_, query) => {
    const nodes = (await runsOf(query)).flatMap(nodesOf);
    const named = nodes.filter((node) => node['Node Type'] === 'Bitmap Index Scan');
    expect(named.map((node) => node['Actual Rows'] ?? 0).reduce((sum, rows) => sum + rows, 0)).toBeLessThan(8000);
    expect(await looksAt(query)).toBeLessThan(4000);
  });

  it.each(['cotton', 'kettle', 'harbour cotton kettle', 'zyzzyva', 'ketle', '-kettle', '"cotton kettle"'])(
    'looks at few for %s in any order, and narrowed',
    async (q) => {
      for (const sort of PRODUCT_SORTS) expect(await looksAt(`q=${q}&sort=${sort}`), sort).toBeLessThan(6000);
      for (const more of ['category=few', 'minPrice=1500&maxPrice=1600', 'option[Size]=Small', 'inStock=true']) {
        // Some twenty pages for each of the matches that are ranked.
        expect(await looksAt(`q=${q}&${more}`), more).toBeLessThan(more === 'inStock=true' ? 50_000 : 30_000);
      }
    },
  );

  it.each(['cotton', 'harbour cotton kettle'])('goes on where its pages end, in any order, for %s', async (q) => {
    for (const sort of PRODUCT_SORTS) {
      const list = async (more: string) =>
        (await app.anyone.get(`/v1/products?q=${q}&sort=${sort}&fields=id${more}`)).body;
      const { data: whole } = await list('&limit=12');
      const first = await list('&limit=5');
      const second = await list(`&limit=5&cursor=${first.nextCursor}`);
      const third = await list(`&limit=2&cursor=${second.nextCursor}`);
      expect([...first.data, ...second.data, ...third.data], sort).toEqual(whole);
    }
  });

  it('counts facets of a word that very many have among what sells best, where most others fit what is chosen', async () => {
    const query = 'q=cotton&option[Size]=Small';
    const { body } = await app.anyone.get(`/v1/search/facets?${query}`);
    expect([body.total, body.complete]).toEqual([2000, false]);
    expect(await looksAt(query, '/v1/search/facets')).toBeLessThan(50_000);
  });

  it.each(['', '&inStock=true', '&minPrice=1'])(
    'counts facets among some thousands where all of a catalogue has what is chosen%s, and says so',
    async (more) => {
      const query = `option[Size]=Small${more}`;
      const { body } = await app.anyone.get(`/v1/search/facets?${query}`);
      expect([body.total, body.complete]).toEqual([4000, false]);
      expect(await looksAt(query, '/v1/search/facets')).toBeLessThan(250_000);
    },
  );

  it('counts all where few fit, though very many have the word', async () => {
    const tagged = `UPDATE catalog.products SET tags = tags || $1::text[] WHERE id IN (
      SELECT id FROM catalog.products WHERE search @@ 'cotton' AND search_tier = 3 ORDER BY id LIMIT $2 OFFSET $3)`;
    await app.db.query(tagged, [['oddly'], 3, 0]);
    await app.db.query(tagged, [['evenly'], 4, 3]);
    await app.db.query(
      `UPDATE catalog.products SET category_ids = ARRAY(SELECT id FROM catalog.categories WHERE slug = 'few')
       WHERE tags && '{oddly,evenly}'`,
    );
    const { body } = await app.anyone.get('/v1/search/facets?q=cotton&category=few&tag=oddly');
    const tags = body.data.find(({ facet }: { facet: string }) => facet === 'tag').values as {
      value: string;
      count: number;
    }[];
    expect(tags.filter(({ value }) => value !== 'rare').map(({ value, count }) => [value, count])).toEqual([
      ['evenly', 4],
      ['oddly', 3],
    ]);
    expect(body.complete).toBe(true);
  });

  it('shows of a word that very many have what sells best', async () => {
    const { body } = await app.anyone.get('/v1/products?q=cotton&limit=100&fields=id');
    const found = (body.data as { id: string }[]).map(({ id }) => id);
    const rows = await app.db.query('SELECT DISTINCT search_tier FROM catalog.products WHERE id = ANY ($1)', [found]);
    expect([found.length, rows]).toEqual([100, [{ search_tier: 1 }]]);
  });

  it('follows what sells, what is new and what is shown no more', async () => {
    const [last] = await app.db.query<{ id: string }>(
      'SELECT id FROM catalog.products WHERE search_tier = 1 ORDER BY id LIMIT 1',
    );
    const [newest] = await app.db.query<{ id: string }>('SELECT id FROM catalog.products ORDER BY id DESC LIMIT 1');
    await app.db.query('UPDATE catalog.product_sales SET sold = 1 WHERE product_id = $1', [one.id]);
    expect([await tierOf(one.id), await tierOf(last!.id), await tierOf(newest!.id)]).toEqual([3, 1, 1]);
    await tiers();
    expect([await tierOf(one.id), await tierOf(last!.id)]).toEqual([1, 3]);
    const staff = app.as(await app.staff());
    await staff.patch(`/v1/products/${newest!.id}`, { status: 'archived' }, { 'if-match': '"1"' });
    await tiers();
    expect([await tierOf(newest!.id), await tierOf(last!.id)]).toEqual([3, 1]);
    const [first] = await app.db.query('SELECT count(*)::integer FROM catalog.products WHERE search_tier = 1');
    expect(first).toEqual({ count: 40_000 });
  });
});
