/** Names of a category, from the top down. */
const namesOf = (id: string): string => `coalesce((
      SELECT array_agg(a.name ORDER BY length(a.path))
      FROM catalog.categories c JOIN catalog.categories a ON a.slug = ANY (string_to_array(c.path, '/'))
      WHERE c.id = ${id}
    ), '{}')`;

/** A page of products in the order in which they were made, with everything that an import takes of them. */
export const PRODUCTS = `
  SELECT p.id, p.slug, p.external_id AS "externalId", p.name, p.description, p.status,
    ${namesOf('p.category_id')} AS category,
    coalesce((
      SELECT json_agg(${namesOf('u.id')} ORDER BY u.place) FROM unnest(p.category_ids) WITH ORDINALITY AS u (id, place)
    ), '[]') AS categories,
    p.attributes, p.options, p.tags, p.media, p.thumbnail,
    (SELECT name FROM catalog.brands WHERE id = p.brand_id) AS brand,
    (SELECT code FROM catalog.product_types WHERE id = p.type_id) AS type,
    p.seo, p.publish_at AS "publishAt", p.unpublish_at AS "unpublishAt", p.translations,
    (SELECT json_agg(json_build_object(
        'sku', v.sku, 'title', v.title, 'optionValues', v.option_values, 'image', v.image,
        'weightGrams', v.weight_grams, 'widthMm', v.width_mm, 'heightMm', v.height_mm, 'depthMm', v.depth_mm,
        'prices', coalesce((
          SELECT json_agg(json_build_object('amount', x.amount, 'currency', x.currency,
            'compareAtAmount', x.compare_at_amount) ORDER BY x.currency)
          FROM catalog.prices x WHERE x.variant_id = v.id), '[]'),
        'stock', s.on_hand, 'backorderable', s.backorderable
      ) ORDER BY v.position, v.id)
      FROM catalog.variants v LEFT JOIN catalog.stock s ON s.variant_id = v.id
      WHERE v.product_id = p.id AND v.archived_at IS NULL) AS variants
  FROM catalog.products p
  WHERE p.id > $1 AND ($2::text IS NULL OR p.status = $2)
  ORDER BY p.id LIMIT $3`;

/** What a CSV needs to know before its first line: names and kinds of attributes, and the most pictures and further categories of a product. */
export const COLUMNS = `
  SELECT
    coalesce((
      SELECT json_agg(json_build_object('name', name, 'kind', kind) ORDER BY name, kind)
      FROM (
        SELECT DISTINCT a.key AS name, jsonb_typeof(a.value) AS kind
        FROM catalog.products p, jsonb_each(p.attributes) AS a
        WHERE $1::text IS NULL OR p.status = $1
      ) AS attributes
    ), '[]') AS attributes,
    coalesce((
      SELECT max(jsonb_array_length(media)) FROM catalog.products WHERE $1::text IS NULL OR status = $1
    ), 0) AS media,
    coalesce((
      SELECT max(cardinality(category_ids)) FROM catalog.products WHERE $1::text IS NULL OR status = $1
    ), 0) AS categories`;
