import { hasInStock, translated as textOf, VARIANT_IN_STOCK } from '../products/card.sql.js';
import {
  askedOfVariant,
  type FacetFilter,
  facetsOf,
  type ListFilter,
  scopeOf,
  stocked,
} from '../products/list-filters.js';
import { foremost, lookFor, MOST_MATCHES, type Spelling } from './search.sql.js';

/** Products that are counted where nothing is searched for. */
const MOST_COUNTED = 4000;

/**
 * Products that are asked whether they fail a facet, where nothing is searched for or very many have the word: none of a
 * million may.
 */
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
  const asked = askedOfVariant(facets);
  const together = (asked.length > 0 && filter.inStock) || asked.length > 1 ? isOne(asked, filter.inStock) : undefined;
  const of = (facet?: FacetFilter['facet'], name?: string) =>
    `${others(facets, facet, name)}${together ? ' AND together' : ''}`;
  const all = of();
  const meant = looked?.meant ? `${looked.meant},` : '';
  const most = filter.q === undefined ? MOST_COUNTED : MOST_MATCHES;
  const joined = `
      ${filter.priced ? `JOIN catalog.card_prices k ON k.product_id = p.id AND k.currency = ${currency}` : ''}
      ${looked?.source ?? ''}`;
  // Where nothing else narrows it, very many fit.
  const { words, categoryIds, collection, type, inStock, priced } = filter;
  const narrowed = priced || [categoryIds, collection, type, inStock].some((one) => one !== undefined);
  const crowded = facets.length === 1 && !narrowed && (words?.prominent ?? 0) >= MOST_MATCHES;
  // What the products that have it call it: the locales are the shop's own, and may stand in the statement.
  const label = (path: string, otherwise: string) =>
    `coalesce(${[...filter.locales.map((locale) => `max(matched.translations -> '${locale}' ${path})`), otherwise].join(', ')})`;
  const translated = filter.locales.length > 0;
  const searched = filter.q !== undefined;
  const counted = { joined, stocked: stocked(filter), where, searched, crowded, together, translated };
  const { parts, incomplete } = partsOf(facets, counted);
  const sql = `WITH ${meant} matched AS MATERIALIZED (${parts}
    ), defined AS MATERIALIZED (
      SELECT DISTINCT ON (d ->> 'code') d ->> 'code' AS code, d ->> 'name' AS name, d ->> 'unit' AS unit
      FROM catalog.product_types, jsonb_array_elements(attributes) AS d
      WHERE d @> '{"filterable": true}' ORDER BY d ->> 'code', id
    ), placed AS MATERIALIZED (
      SELECT array_append(category_ids, category_id) AS ids, count(*) AS count FROM matched WHERE ${all} GROUP BY ids
    ), counted (facet, name, label, unit, value, value_label, count) AS (
      SELECT 'category', 'category', 'Category', NULL, a.slug, ${textOf('a', 'name', filter.locales)}, sum(n.count)::bigint
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
      SELECT 'option', o.name, ${label(`-> 'options' -> o.name ->> 'name'`, 'NULL::text')}, NULL, o.value,
        ${label(`-> 'options' -> o.name -> 'values' ->> o.value`, 'o.value')}, count(*)
      FROM matched, ${optionsOf(facets, filter, value)} AS o (name, value)
      WHERE ${named(facets, 'option', 'o.name', value, (name) => others(facets, 'option', name))} GROUP BY o.name, o.value
      UNION ALL
      SELECT 'attribute', d.code, d.name, d.unit, a.value #>> '{}',
        ${label(`-> 'attributes' ->> d.code`, `a.value #>> '{}'`)}, count(*)
      FROM matched, defined d, LATERAL (SELECT attributes -> d.code AS value) a
      WHERE a.value IS NOT NULL AND ${named(facets, 'attribute', 'd.code', value, (name) => of('attribute', name))} GROUP BY d.code, d.name, d.unit, a.value
    ), ranked AS (
      SELECT *, row_number() OVER (PARTITION BY facet, name ORDER BY count DESC, value) AS place FROM counted
    ), shown AS (
      SELECT facet, name, coalesce(max(label), name) AS label, unit, json_agg(json_build_object('value', value, 'label', value_label, 'count', count)
        ORDER BY count DESC, value) AS values
      FROM ranked WHERE place <= ${MOST_VALUES} GROUP BY facet, name, unit
    )
    SELECT json_build_object(
      'data', coalesce((SELECT json_agg(json_build_object('facet', facet, 'name', name, 'label', label, 'unit', unit,
        'values', values) ORDER BY array_position('{category,brand,attribute,option,tag}', facet), name) FROM shown), '[]'),
      'nextCursor', NULL,
      'total', (SELECT count(*) FROM matched WHERE ${all}),
      'complete', NOT (${[String(crowded), `EXISTS (SELECT FROM matched GROUP BY part HAVING count(*) >= ${most})`, ...incomplete].join(' OR ')}),
      'price', (SELECT CASE WHEN count(k.amount) > 0 THEN json_build_object(
          'min', json_build_object('amount', min(k.amount), 'currency', ${currency}::text),
          'max', json_build_object('amount', max(k.amount), 'currency', ${currency}::text)) END
        FROM catalog.card_prices k
        WHERE k.product_id = ANY (ARRAY(SELECT id FROM matched WHERE ${all})) AND k.currency = ${currency})
      )::text AS body, EXISTS (SELECT FROM matched) AS found`;
  return { sql, params };
}

/** A product `p` has one variant of which all this is true. A look-up per row: as EXISTS, all variants might be gone through. */
const isOne = (asked: string[], inStock = false): string =>
  inStock
    ? hasInStock(asked)
    : `coalesce((SELECT true FROM catalog.variants v
        WHERE ${['v.product_id = p.id', 'v.archived_at IS NULL', ...asked].join(' AND ')} LIMIT 1), false)`;

/** The facets that are set all hold, but for the one that is looked at. */
function others(facets: FacetFilter[], facet?: string, name?: string): string {
  const held = facets.flatMap((one, index) => (one.facet === facet && one.name === name ? [] : [`f${index}`]));
  return held.length > 0 ? `(${held.join(' AND ')})` : 'true';
}

/** What holds for a name of option or attribute, in `column`: `of` says it for those that are filtered by, and for all others. */
function named(
  facets: FacetFilter[],
  facet: 'option' | 'attribute',
  column: string,
  value: (given: unknown) => string,
  of: (name?: string) => string,
): string {
  const cases = facets.flatMap((one) => (one.facet === facet ? [`WHEN ${value(one.name)} THEN ${of(one.name)}`] : []));
  return cases.length > 0 ? `CASE ${column} ${cases.join(' ')} ELSE ${of()} END` : of();
}

/**
 * Names and values of options that variants of a product have, of those in stock where only these count. Where options are
 * filtered by, only those of a variant that has all the others that are asked for: a list shows who has one variant with all
 * of them.
 */
function optionsOf(facets: FacetFilter[], { inStock }: ListFilter, value: (given: unknown) => string): string {
  const wanted = facets.filter(({ facet }) => facet === 'option');
  const variants = (all: FacetFilter[]) =>
    ["v.product_id = matched.id AND v.archived_at IS NULL AND v.option_values <> '{}'"]
      .concat(askedOfVariant(all), inStock ? [VARIANT_IN_STOCK] : [])
      .join(' AND ');
  const ofVariants = (all: FacetFilter[], which: string) =>
    `SELECT DISTINCT e.key, e.value FROM catalog.variants v, jsonb_each_text(v.option_values) AS e WHERE ${variants(all)}${which}`;
  // What is noted of all variants is true of those in stock as well, unless one of them is sold out.
  const noted = (name?: string) => {
    const said = `SELECT o ->> 'name', one
        FROM jsonb_array_elements(coalesce(offered_options, options)) AS o, jsonb_array_elements_text(o -> 'values') AS one
        WHERE ${name ? `o ->> 'name' = ${name}` : 'true'}`;
    const someSoldOut = 'EXISTS (SELECT FROM catalog.sold_out WHERE product_id = matched.id)';
    return inStock
      ? `${said} AND NOT ${someSoldOut} UNION ALL ${ofVariants([], `${name ? ` AND e.key = ${name}` : ''} AND ${someSoldOut}`)}`
      : said;
  };
  if (wanted.length === 0) return `LATERAL (${noted()})`;
  const own = wanted.map((one) => {
    const name = `${value(one.name)}::text`;
    if (wanted.length === 1) return noted(name);
    const beside = variants(wanted.filter((other) => other !== one));
    return `SELECT DISTINCT ${name}, v.option_values ->> ${name} FROM catalog.variants v
        WHERE ${beside} AND v.option_values ? ${name}`;
  });
  const others = ofVariants(wanted, ` AND e.key <> ALL (${value(wanted.map(({ name }) => name))}::text[])`);
  return `LATERAL (${[others, ...own].map((part) => `(${part})`).join(' UNION ALL ')})`;
}

interface Counted {
  /** What products `p` are joined with, what lets them through by stock, and what is asked of them beside the facets. */
  joined: string;
  stocked: string;
  where: string[];
  searched: boolean;
  /** Whether so many match that it could take long to find out that none of them fails. */
  crowded: boolean;
  /** One variant has all the options that are set, where there are several. */
  together: string | undefined;
  /** Whether labels in other languages are asked for. */
  translated: boolean;
}

/**
 * The products that are counted: those that fit, and for each facet that is set those who fail it alone. These are looked for
 * apart, so that they do not crowd out who fits; who fails two of them counts nowhere.
 */
function partsOf(
  facets: FacetFilter[],
  { joined, stocked, where, searched, crowded, together, translated }: Counted,
): { parts: string; incomplete: string[] } {
  const conditions = facets.map(({ condition }) => condition);
  // Which of the facets that are set hold is known by the part.
  const flags = (part: number) => facets.map((_, index) => `, ${index !== part - 1} AS f${index}`).join('');
  const columns = (part: number) =>
    `SELECT ${part} AS part, p.id, p.category_id, p.category_ids, p.brand_id, p.tags, p.options, p.offered_options, p.attributes${flags(part)}${translated ? ', p.translations' : ''}${
      together ? `, ${together} AS together` : ''
    }`;
  const fitting = (more: string[], stock = stocked) => {
    const all = [...where, ...more];
    return `FROM catalog.products p ${joined} ${stock} ${all.length > 0 ? `WHERE ${all.join(' AND ')}` : ''}`;
  };
  const fits = searched
    ? `(${foremost((tier) => `${columns(0)} ${fitting([...conditions, tier])}`)})`
    : `(${columns(0)} ${fitting(conditions)} LIMIT ${MOST_COUNTED})`;
  const failing = conditions.map((failed, index) => {
    const number = index + 1;
    const others = conditions.toSpliced(index, 1);
    if (searched && !crowded) {
      return { part: `(${foremost((tier) => `${columns(number)} ${fitting([...others, `NOT ${failed}`, tier])}`)})` };
    }
    // Stock is asked of those that are looked at only.
    const asked = fitting(crowded ? [...others, 'p.search_tier = 1'] : others, '');
    return {
      part: `(${columns(number)} FROM (SELECT p.* ${asked} LIMIT ${MOST_ASKED}) p ${stocked}
      WHERE NOT ${failed} LIMIT ${crowded ? MOST_MATCHES : MOST_COUNTED})`,
      incomplete: `(SELECT count(*) FROM (SELECT ${asked} LIMIT ${MOST_ASKED}) AS asked) = ${MOST_ASKED}`,
    };
  });
  return {
    parts: [fits, ...failing.map(({ part }) => part)].join(' UNION ALL '),
    incomplete: crowded ? [] : failing.flatMap(({ incomplete = [] }) => incomplete),
  };
}
