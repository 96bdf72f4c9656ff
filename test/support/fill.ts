import pg from 'pg';
import { CATEGORIES, MATERIALS, SIZES, START, STYLES, THINGS } from '#src/catalog/demo/generate.js';
import { MOVE_TO_TIERS, TIER_MOVES } from '#src/catalog/search/search-tiers.jobs.js';

/** Products that one statement makes, and that are refreshed at once. */
const BATCH = 10_000;
const REFRESHED = 5000;
const CONNECTIONS = 2;

/**
 * What `galley catalog:generate` makes, made by the database: the same words, categories and prices as likely as there,
 * two variants each. What is derived is derived as ever. `$1` is the number before the first, `$2` how many, `$3` how many
 * of each variant are on hand; then words, sizes and ids of categories.
 */
const MAKE = `
  WITH drawn AS MATERIALIZED (
    SELECT n, random() AS style, random() AS material, random() AS thing, random() AS place, random() AS first, random() AS second,
      random() AS made_of, random() AS room, random() AS attribute, random() AS years
    FROM generate_series($1::integer + 1, $1::integer + $2::integer) AS n
  ), made AS MATERIALIZED (
    SELECT n, uuidv7() AS id, concat_ws(' ', ($4::text[])[1 + floor(style * cardinality($4))],
        ($5::text[])[1 + floor(material * cardinality($5))], ($6::text[])[1 + floor(thing * cardinality($6))], n) AS name,
      lower(($6::text[])[1 + floor(thing * cardinality($6))]) AS thing,
      lower(($5::text[])[1 + floor(made_of * cardinality($5))]) AS made_of,
      lower(($4::text[])[1 + floor(room * cardinality($4))]) AS room,
      ($8::uuid[])[floor(power(cardinality($8) + 1, place))] AS category_id,
      jsonb_build_object('material', ($5::text[])[1 + floor(attribute * cardinality($5))],
        'warranty', 1 + floor(years * 5) || ' years') AS attributes,
      greatest(99, round(exp(3.2 + 0.8 * sqrt(-2 * ln(1 - first)) * cos(2 * pi() * second))) * 100 - 1)::bigint AS amount,
      to_timestamp($9::float8) + n * interval '1 minute' AS at
    FROM drawn
  ), products AS (
    INSERT INTO catalog.products (id, slug, name, description, status, category_id, attributes, options, thumbnail,
      created_at, updated_at)
    SELECT id, replace(lower(name), ' ', '-'), name,
      format('A %s in %s for the %s kitchen, made to last in any weather.', thing, made_of, room), 'active', category_id,
      attributes, jsonb_build_array(jsonb_build_object('name', 'Size', 'values', to_jsonb($7::text[]))),
      'https://images.example.com/' || n || '.webp', at, at
    FROM made
  ), given AS MATERIALIZED (
    SELECT uuidv7() AS id, made.id AS product_id, n, position, amount + position * 500 AS amount
    FROM made, generate_series(0, 1) AS position
  ), variants AS (
    INSERT INTO catalog.variants (id, product_id, sku, title, option_values, position)
    SELECT id, product_id, concat_ws('-', 'GEN-1', n, position + 1), ($7::text[])[position + 1],
      jsonb_build_object('Size', ($7::text[])[position + 1]), position
    FROM given
  ), prices AS (
    INSERT INTO catalog.prices (variant_id, currency, amount)
    SELECT id, currency, round(amount * rate) FROM given, (VALUES ('EUR', 1), ('USD', 1.1)) AS c (currency, rate)
  ), stock AS (
    INSERT INTO catalog.stock (variant_id, on_hand, backorderable) SELECT id, $3::integer, false FROM given
  ), movements AS (
    INSERT INTO catalog.stock_movements (variant_id, kind, delta_on_hand) SELECT id, 'opening', $3::integer FROM given
  )
  SELECT array_agg(id ORDER BY id) AS ids FROM made`;

const MAKE_CATEGORIES = `
  WITH tops AS (
    INSERT INTO catalog.categories (id, slug, name, path)
    SELECT uuidv7(), slug, name, slug FROM unnest($1::text[], $2::text[]) AS t (slug, name) RETURNING id, slug
  ), below AS (
    INSERT INTO catalog.categories (id, parent_id, slug, name, path)
    SELECT uuidv7(), tops.id, b.top || '-' || b.slug, b.name, b.top || '/' || b.top || '-' || b.slug
    FROM unnest($3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS b (top, slug, name, place) JOIN tops ON tops.slug = b.top
    RETURNING id, slug
  )
  SELECT array_agg(id) AS ids FROM below`;

/** What the makers of products look things up by is kept; everything else is built when all are there. */
const KEPT = ['ix_variants_product'];

const INDEXES = `
  SELECT format('DROP INDEX catalog.%I', c.relname) AS drop, pg_get_indexdef(c.oid) AS create
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  WHERE c.relnamespace = 'catalog'::regnamespace AND c.relname <> ALL ($1)
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid)
  ORDER BY pg_relation_size(i.indrelid) DESC, c.relname`;
const FOREIGN_KEYS = `
  SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS create
  FROM pg_constraint WHERE connamespace = 'catalog'::regnamespace AND contype = 'f' AND conparentid = 0 ORDER BY conname`;

interface Built {
  drop: string;
  create: string;
}

/** Fills an empty catalogue: about 100,000 products in half a minute on two cores, with statistics as a shop in use has them. */
export async function fillCatalog(databaseUrl: string, count: number, onHand = 1000): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS, onConnect: prepare });
  try {
    const categories = await makeCategories(pool);
    const { rows: indexes } = await pool.query<Built>(INDEXES, [KEPT]);
    const { rows: keys } = await pool.query<Built>(FOREIGN_KEYS);
    for (const { drop } of [...keys, ...indexes]) await pool.query(drop);
    const starts = Array.from({ length: Math.ceil(count / BATCH) }, (_, index) => index * BATCH);
    await each(starts, (from) => make(pool, from, Math.min(BATCH, count - from), onHand, categories));
    await placeInTiers(pool, count);
    await each(indexes, ({ create }) => pool.query(create));
    for (const { create } of keys) await pool.query(create);
    await vacuum(pool);
  } finally {
    await pool.end();
  }
}

/** What takes memory may have it, while nobody else is there. */
async function prepare(client: pg.ClientBase): Promise<void> {
  await client.query(`SET synchronous_commit = off; SET work_mem = '64MB'; SET maintenance_work_mem = '512MB'`);
}

async function makeCategories(pool: pg.Pool): Promise<string[]> {
  const slug = (name = '') => name.toLowerCase().replaceAll(/[^a-z]+/g, '-');
  const tops = [...new Set(CATEGORIES.map(([top]) => top))];
  const { rows } = await pool.query<{ ids: string[] }>(MAKE_CATEGORIES, [
    tops.map(slug),
    tops,
    CATEGORIES.map(([top]) => slug(top)),
    CATEGORIES.map(([, below]) => slug(below)),
    CATEGORIES.map(([, below]) => below),
  ]);
  return rows[0]?.ids ?? [];
}

async function make(pool: pg.Pool, from: number, count: number, onHand: number, categories: string[]): Promise<void> {
  const params = [from, count, onHand, STYLES, MATERIALS, THINGS, SIZES, categories, START / 1000];
  const ids = await drawn(pool, from, params);
  for (let at = 0; at < ids.length; at += REFRESHED) {
    await pool.query('SELECT catalog.refresh_products($1::uuid[])', [ids.slice(at, at + REFRESHED)]);
  }
}

/** Random, but the same for the same batch, whichever connection makes it. */
async function drawn(pool: pg.Pool, from: number, params: unknown[]): Promise<string[]> {
  const client = await pool.connect();
  try {
    await client.query('SELECT setseed($1)', [1 / (2 + from / BATCH)]);
    const { rows } = await client.query<{ ids: string[] }>(MAKE, params);
    return rows[0]?.ids ?? [];
  } finally {
    client.release();
  }
}

async function placeInTiers(pool: pg.Pool, count: number): Promise<void> {
  const { rows } = await pool.query<{ id: string; tier: number }>(TIER_MOVES, [count]);
  await pool.query(MOVE_TO_TIERS, [rows.map(({ id }) => id), rows.map(({ tier }) => tier)]);
}

/** Only what is filled: a statement that is planned while its table is known to be empty reads all of it ever after. */
async function vacuum(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_class c
     WHERE c.relnamespace = 'catalog'::regnamespace AND c.relkind = 'r' AND pg_relation_size(c.oid) > 0
     ORDER BY pg_relation_size(c.oid) DESC`,
  );
  await each(rows, ({ name }) => pool.query(`VACUUM ANALYZE ${name}`));
}

/** As many at a time as there are connections, in order. */
async function each<T>(items: T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (const item of left) await work(item);
    }),
  );
}
