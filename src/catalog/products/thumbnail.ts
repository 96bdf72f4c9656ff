import { same } from './given.js';
import type { ProductFields } from './product.entity.js';

type Pictured = Pick<ProductFields, 'media' | 'thumbnail' | 'thumbnailChosen'>;

/**
 * Fields of a product, or changes of one that was `before`, with the thumbnail that follows from them: the one that was set,
 * else the first of `media`. One that is the first of `media` was set only when `thumbnailChosen` says so: files of imports
 * name it where nobody chose.
 */
export function withThumbnail<T extends Partial<Pictured>>(fields: T, before?: Pictured): T {
  const { thumbnailChosen, ...rest } = fields;
  const { media = before?.media ?? [], thumbnail = chosenOf(before) } = fields;
  if (before && same(media, before.media) && thumbnail === chosenOf(before)) {
    const { thumbnail: _, ...others } = rest;
    return others as T;
  }
  const first = media[0]?.url ?? null;
  const chosen = thumbnail !== null && (thumbnailChosen ?? (thumbnail !== first || thumbnail === chosenOf(before)));
  return { ...rest, thumbnail: chosen ? thumbnail : first, thumbnailChosen: chosen } as T;
}

/** Releases before `thumbnailChosen` kept the first picture like one that was set: what is another one was set. */
function chosenOf(product?: Pictured): string | null {
  if (!product) return null;
  const { media, thumbnail, thumbnailChosen } = product;
  return thumbnailChosen || thumbnail !== media[0]?.url ? thumbnail : null;
}
