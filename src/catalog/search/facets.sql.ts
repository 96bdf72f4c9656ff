import { translated } from '../products/card.sql.js';
import { type FacetFilter, facetsOf, type ListFilter, scopeOf, stocked } from '../products/list-filters.js';
import { foremost, lookFor, MOST_MATCHES, type Spelling } from './search.sql.js';

/** Products that are counted where nothing is searched for. */
const MOST_COUNTED = 4000;

/** Matches of a word that very many have that are asked whether they fail a facet. */
const MOST_ASKED = 8000;

/** Values that a facet shows, the most frequent ones. */
const MOST_VALUES = 100;

/**
 * What can be chosen among the products that match, as JSON text. A facet that is set is counted as if it were not, so
 * that its other values show what choosing them would add; all other filters hold. `found` says whether anything matches.
 */
export function facetsQuery(filter: ListFilter, spelling: Spelling): { sql: string; params: unknown[] } {
  const params: unknown[] = [];
  const value = (given: unknown) => `$${params.push(given)}`;
  const currency = value(filter.currency);
  const facets = facetsOf(filter, value);
  const looked = lookFor(filter, spelling, value);
  const where = scopeOf(filter, { query: looked?.query, status: 'p.status', currency, value });
  const all = others(facets);
  const of = (facet: FacetFilter['facet'], name: string) => others(facets, facet, name);
  const named = (facet: 'option' | 'attribute', column: string) => {
    const own = facets.filter((one) => one.facet === facet);
    const cases = own.map(({ name }) => `WHEN ${value(name)} THEN ${of(facet, name)}`);
    return cases.length > 0 ? `CASE ${column} ${cases.join(' ')} ELSE ${all} END` : all;
  };
  const meant = looked?.meant ? `${looked.meant},` : '';
  const most = filter.q === undefined ? MOST_COUNTED : MOST_MATCHES;
  const joined = `
      ${filter.priced ? `JOIN catalog.card_prices k ON k.product_id = p.id AND k.currency = ${currency}` : ''}
      ${looked?.source ?? ''} ${stocked(filter)}`;
  // Where nothing else narrows it, very many fit.
  const { words, categoryIds, collection, type, inStock, priced } = filter;
  const narrowed = priced || [categoryIds, collection, type, inStock].some((one) => one !== undefined);
  const crowded = facets.length === 1 && !narrowed && (words?.prominent ?? 0) >= MOST_MATCHES;
  const parts = partsOf(facets, { joined, where, searched: filter.q !== undefined, crowded });
  const sql = `WITH ${meant} matched AS MATERIALIZED (${parts}
    ), defined AS MATERIALIZED (
      SELECT DISTINCT ON (d ->> 'code') d ->> 'code' AS code, d ->> 'name' AS name, d ->> 'unit' AS unit
      FROM catalog.product_types, jsonb_array_elements(attributes) AS d
      WHERE d @> '{"filterable": true}' ORDER BY d ->> 'code', id
    ), placed AS MATERIALIZED (
      SELECT array_append(category_ids, category_id) AS ids, count(*) AS count FROM matched WHERE ${all} GROUP BY ids
    ), counted (facet, name, label, unit, value, value_label, count) AS (
      SELECT 'category', 'category', 'Category', NULL, a.slug, ${translated('a', 'name', filter.locales)}, sum(n.count)::bigint
      FROM placed n CROSS JOIN LATERAL (
        SELECT DISTINCT s.slug FROM catalog.categories c, unnest(string_to_array(c.path, '/')) AS s (slug)
        WHERE c.id = ANY (n.ids)
      ) s JOIN catalog.categories a ON a.slug = s.slug
      GROUP BY a.id
      UNION ALL
      SELECT 'brand', 'brand', 'Brand', NULL, b.slug, b.name, n.count
      FROM (SELECT brand_id, count(*) AS count FROM matched WHERE ${of('brand', 'brand')} GROUP BY brand_id) n
      JOIN catalog.brands b ON b.id = n.brand_id
      UNION ALL
      SELECT 'tag', 'tag', 'Tag', NULL, tag, tag, count(*) FROM matched, unnest(tags) AS tag
      WHERE ${of('tag', 'tag')} GROUP BY tag
      UNION ALL
      SELECT 'option', o ->> 'name', o ->> 'name', NULL, one, one, count(*)
      FROM matched, jsonb_array_elements(options) AS o, jsonb_array_elements_text(o -> 'values') AS one
      WHERE ${named('option', `o ->> 'name'`)} GROUP BY o ->> 'name', one
      UNION ALL
      SELECT 'attribute', d.code, d.name, d.unit, a.value #>> '{}', a.value #>> '{}', count(*)
      FROM matched, defined d, LATERAL (SELECT attributes -> d.code AS value) a
      WHERE a.value IS NOT NULL AND ${named('attribute', 'd.code')} GROUP BY d.code, d.name, d.unit, a.value
    ), ranked AS (
      SELECT *, row_number() OVER (PARTITION BY facet, name ORDER BY count DESC, value) AS place FROM counted
    ), shown AS (
      SELECT facet, name, label, unit, json_agg(json_build_object('value', value, 'label', value_label, 'count', count)
        ORDER BY count DESC, value) AS values
      FROM ranked WHERE place <= ${MOST_VALUES} GROUP BY facet, name, label, unit
    )
    SELECT json_build_object(
      'data', coalesce((SELECT json_agg(json_build_object('facet', facet, 'name', name, 'label', label, 'unit', unit,
        'values', values) ORDER BY array_position('{category,brand,attribute,option,tag}', facet), name) FROM shown), '[]'),
      'nextCursor', NULL,
      'total', (SELECT count(*) FROM matched WHERE ${all}),
      'complete', ${!crowded} AND NOT EXISTS (SELECT FROM matched GROUP BY part HAVING count(*) >= ${most}),
      'price', (SELECT CASE WHEN count(k.amount) > 0 THEN json_build_object(
          'min', json_build_object('amount', min(k.amount), 'currency', ${currency}::text),
          'max', json_build_object('amount', max(k.amount), 'currency', ${currency}::text)) END
        FROM catalog.card_prices k
        WHERE k.product_id = ANY (ARRAY(SELECT id FROM matched WHERE ${all})) AND k.currency = ${currency})
      )::text AS body, EXISTS (SELECT FROM matched) AS found`;
  return { sql, params };
}

/** The facets that are set all hold, but for the one that is looked at. */
function others(facets: FacetFilter[], facet?: string, name?: string): string {
  const held = facets.flatMap((one, index) => (one.facet === facet && one.name === name ? [] : [`f${index}`]));
  return held.length > 0 ? `(${held.join(' AND ')})` : 'true';
}

interface Counted {
  /** What products `p` are joined with, and what is asked of them beside the facets. */
  joined: string;
  where: string[];
  searched: boolean;
  /** Whether so many match that it could take long to find out that none of them fails. */
  crowded: boolean;
}

/**
 * The products that are counted: those that fit, and for each facet that is set those who fail it alone. These are looked for
 * apart, so that they do not crowd out who fits; who fails two of them counts nowhere.
 */
function partsOf(facets: FacetFilter[], { joined, where, searched, crowded }: Counted): string {
  const conditions = facets.map(({ condition }) => condition);
  // Which of the facets that are set hold is known by the part.
  const flags = (part: number) => facets.map((_, index) => `, ${index !== part - 1} AS f${index}`).join('');
  const columns = (part: number) =>
    `SELECT ${part} AS part, p.id, p.category_id, p.category_ids, p.brand_id, p.tags, p.options, p.attributes${flags(part)}`;
  const fitting = (more: string[]) => {
    const all = [...where, ...more];
    return `FROM catalog.products p ${joined} ${all.length > 0 ? `WHERE ${all.join(' AND ')}` : ''}`;
  };
  const part = (number: number, more: string[]) =>
    searched
      ? `(${foremost((tier) => `${columns(number)} ${fitting([...more, tier])}`)})`
      : `(${columns(number)} ${fitting(more)} LIMIT ${MOST_COUNTED})`;
  const asked = (number: number, others: string[], failed: string) => `(
      ${columns(number)} FROM (SELECT p.* ${fitting([...others, 'p.search_tier = 1'])} LIMIT ${MOST_ASKED}) p
      WHERE NOT ${failed} LIMIT ${MOST_MATCHES})`;
  const failing = conditions.map((failed, index) => {
    const others = conditions.toSpliced(index, 1);
    return crowded ? asked(index + 1, others, failed) : part(index + 1, [...others, `NOT ${failed}`]);
  });
  return [part(0, conditions), ...failing].join(' UNION ALL ');
}
