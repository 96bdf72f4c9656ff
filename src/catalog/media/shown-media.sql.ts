/**
 * The picture that stands for a product `of` in lists: the one that was chosen for that, else the first that was uploaded,
 * else the first that is elsewhere. `prefix` is what addresses of uploaded ones begin with: a literal or a parameter. Rows of
 * releases that did not note what was chosen have a thumbnail that is not the first of `media` when somebody chose it.
 */
export const thumbnailOf = (of: string, prefix: string): string => `
  CASE WHEN ${of}.picture IS NULL OR (${of}.thumbnail IS NOT NULL
      AND (${of}.thumbnail_chosen OR ${of}.thumbnail IS DISTINCT FROM ${of}.media #>> '{0,url}'))
    THEN coalesce(${of}.thumbnail, ${of}.media #>> '{0,url}') ELSE ${prefix} || ${of}.picture END`;

const SOURCES = (prefix: string) => `(
  SELECT jsonb_agg(jsonb_build_object('url', ${prefix} || m.id || '/' || (s.source ->> 'file'), 'type', s.source -> 'type',
    'width', s.source -> 'width', 'height', s.source -> 'height') ORDER BY s.place)
  FROM jsonb_array_elements(m.sources) WITH ORDINALITY AS s (source, place))`;

/** All pictures of the product `p` that can be shown: first those that were uploaded, then those that are elsewhere. */
export const shownMedia = (prefix: string): string => `
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('id', m.id, 'url', ${prefix} || m.id || '/' || m.file, 'alt', m.alt,
      'width', m.width, 'height', m.height, 'sources', ${SOURCES(prefix)}) ORDER BY m.position)
    FROM catalog.media m WHERE m.product_id = p.id AND m.status = 'ready'), '[]')
  || coalesce((
    SELECT jsonb_agg(jsonb_build_object('id', NULL, 'url', l.medium -> 'url', 'alt', l.medium -> 'alt',
      'width', NULL, 'height', NULL, 'sources', '[]'::jsonb) ORDER BY l.place)
    FROM jsonb_array_elements(p.media) WITH ORDINALITY AS l (medium, place)), '[]')`;
