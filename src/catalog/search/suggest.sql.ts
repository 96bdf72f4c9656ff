import { thumbnailOf } from '../media/shown-media.sql.js';

/**
 * What may be meant by what was typed so far, as JSON text: $1 is what comes before its last word (with a space at the end,
 * or empty), $2 that word, $3 all of it, $4 what addresses of uploaded pictures begin with. Words and products are a short
 * look into an index, whatever the size of the catalogue: as ranges, because a plan that is made before the values are known
 * has no use of an index for LIKE. Words that nobody writes are taken for those that are spelt alike.
 */
export const SUGGEST = `
  WITH started AS MATERIALIZED (
    SELECT word, products FROM catalog.suggestions
    WHERE position(word IN $1::text) = 0 AND word >= $2 COLLATE "C" AND word < ($2 || chr(1114111)) COLLATE "C"
    ORDER BY products DESC, length(word), word LIMIT 5
  ), alike AS MATERIALIZED (
    SELECT word, products FROM catalog.suggestions
    WHERE NOT EXISTS (SELECT FROM started) AND length($2) > 3 AND word % $2
    ORDER BY similarity(word, $2) DESC, products DESC, word LIMIT 3
  ), words AS (
    SELECT row_number() OVER () AS place, $1::text || word AS text FROM (SELECT * FROM started UNION ALL SELECT * FROM alike) w
  ), products AS (
    SELECT slug, name, ${thumbnailOf('p', '$4::text')} AS thumbnail FROM catalog.products p
    WHERE status = 'active' AND lower(name) ~>=~ $3 AND lower(name) ~<~ ($3 || chr(1114111)) ORDER BY lower(name) USING ~<~ LIMIT 5
  ), places AS (
    SELECT slug, name FROM catalog.categories
    WHERE starts_with(lower(name), $3) OR position(' ' || $3 IN lower(name)) > 0 ORDER BY length(name), name LIMIT 3
  ), makers AS (
    SELECT slug, name FROM catalog.brands WHERE starts_with(lower(name), $3) ORDER BY length(name), name LIMIT 3
  )
  SELECT json_build_object('data', coalesce(json_agg(json_build_object(
    'kind', kind, 'text', text, 'slug', slug, 'thumbnail', thumbnail) ORDER BY part, place), '[]'), 'nextCursor', NULL)::text AS body
  FROM (
    SELECT 1 AS part, place, 'words' AS kind, text, NULL AS slug, NULL AS thumbnail FROM words
    UNION ALL SELECT 2, row_number() OVER (), 'category', name, slug, NULL FROM places
    UNION ALL SELECT 3, row_number() OVER (), 'brand', name, slug, NULL FROM makers
    UNION ALL SELECT 4, row_number() OVER (), 'product', name, slug, thumbnail FROM products
  ) suggested`;
