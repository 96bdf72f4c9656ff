import { thumbnailOf } from '../media/shown-media.sql.js';
import { translated } from '../products/card.sql.js';

const folded = (text: string): string => `platform.folded(${text})`;

/** What is written with accents; indexes have it folded. */
const isFoldable = (text: string): string => `octet_length(${text}) > char_length(${text})`;

/** What begins as `$3` does, in the order of a kind of index that knows the beginnings of words in every collation. */
const begins = (text: string): string =>
  `${text} ~>=~ ${folded('$3')} AND ${text} ~<~ (${folded('$3')} || chr(1114111)) ORDER BY ${text} USING ~<~ LIMIT 5`;

/** Products whose names begin so: as they are called in each of the locales, and in the language of the shop. */
function named(locales: string[]): string {
  const active = (key: string, more = '') =>
    `SELECT id, ${key} AS key FROM catalog.products WHERE status = 'active'${more} AND ${begins(key)}`;
  return [
    ...locales.map(
      (locale) => `SELECT product_id AS id, name AS key FROM catalog.translated_names
        WHERE locale = '${locale}' AND ${begins('name')}`,
    ),
    active('lower(name)'),
    active(folded('name'), ` AND ${isFoldable('name')}`),
  ]
    .map((each) => `(${each})`)
    .join(' UNION ALL ');
}

/** A word that begins as `$2` does. */
const goesOn = (text: string): string =>
  `${text} >= ${folded('$2')} COLLATE "C" AND ${text} < (${folded('$2')} || chr(1114111)) COLLATE "C"`;

/** A category `c` that is called so, or has a word that begins so. */
function isCalled(locales: string[]): string {
  const names = ['c.name', ...locales.map((locale) => `c.translations -> '${locale}' ->> 'name'`)];
  const begun = (name: string) => `position(' ' || ${folded('$3')} IN ' ' || ${folded(`(${name})`)}) > 0`;
  return `(${names.map(begun).join(' OR ')})`;
}

/**
 * What may be meant by what was typed so far, as JSON text: $1 is what comes before its last word (with a space at the end,
 * or empty), $2 that word, $3 all of it, $4 what addresses of uploaded pictures begin with. Words and products are a short
 * look into an index, whatever the size of the catalogue: as ranges, because a plan that is made before the values are known
 * has no use of an index for LIKE. Words that nobody writes are taken for those that are spelt alike.
 * @param locales to answer in, the first that has a text; none for the language of the shop
 */
export const suggestQuery = (locales: string[]): string => `
  WITH started AS MATERIALIZED (
    SELECT word, products FROM catalog.suggestions
    WHERE position(word IN $1::text) = 0 AND (${goesOn('word')} OR ${isFoldable('word')} AND ${goesOn(folded('word'))})
    ORDER BY products DESC, length(word), word LIMIT 5
  ), alike AS MATERIALIZED (
    SELECT word, products FROM catalog.suggestions
    WHERE NOT EXISTS (SELECT FROM started) AND length($2) > 3
      AND (word % ${folded('$2')} OR ${isFoldable('word')} AND ${folded('word')} % ${folded('$2')})
    ORDER BY similarity(${folded('word')}, ${folded('$2')}) DESC, products DESC, word LIMIT 3
  ), words AS (
    SELECT row_number() OVER () AS place, $1::text || word AS text FROM (SELECT * FROM started UNION ALL SELECT * FROM alike) w
  ), found AS (
    SELECT id, min(key) AS key FROM (${named(locales)}) AS named GROUP BY id
  ), products AS (
    SELECT slug, ${translated('p', 'name', locales)} AS name, ${thumbnailOf('p', '$4::text')} AS thumbnail
    FROM found JOIN catalog.products p USING (id) WHERE p.status = 'active' ORDER BY key USING ~<~ LIMIT 5
  ), places AS (
    SELECT slug, ${translated('c', 'name', locales)} AS name FROM catalog.categories c
    WHERE ${isCalled(locales)} ORDER BY length(${translated('c', 'name', locales)}), 2 LIMIT 3
  ), makers AS (
    SELECT slug, name FROM catalog.brands WHERE starts_with(${folded('name')}, ${folded('$3')}) ORDER BY length(name), name LIMIT 3
  )
  SELECT json_build_object('data', coalesce(json_agg(json_build_object(
    'kind', kind, 'text', text, 'slug', slug, 'thumbnail', thumbnail) ORDER BY part, place), '[]'), 'nextCursor', NULL)::text AS body
  FROM (
    SELECT 1 AS part, place, 'words' AS kind, text, NULL AS slug, NULL AS thumbnail FROM words
    UNION ALL SELECT 2, row_number() OVER (), 'category', name, slug, NULL FROM places
    UNION ALL SELECT 3, row_number() OVER (), 'brand', name, slug, NULL FROM makers
    UNION ALL SELECT 4, row_number() OVER (), 'product', name, slug, thumbnail FROM products
  ) suggested`;
