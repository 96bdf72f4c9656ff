import { given } from './given.js';
import type { ProductFields, Seo } from './product.entity.js';
import type { ProductFieldsRequest } from './products.dto.js';

/**
 * What a request says of a product, in the shape in which it is kept: media without a text have null for it, and what is left
 * out of `seo` is as it was `before`.
 */
export function fieldsOf<T extends ProductFieldsRequest & { name?: string }>(
  request: T,
  before?: Pick<ProductFields, 'seo'>,
): Partial<ProductFields> {
  const { media, thumbnail, seo, publishAt, unpublishAt, relatedIds, ...others } = request;
  const { categoryId, categoryIds, typeId, brandId, ...rest } = others;
  return {
    ...rest,
    ...given({ categoryId: idOf(categoryId), typeId: idOf(typeId), brandId: idOf(brandId) }),
    ...(media && { media: media.map(({ url, alt }) => ({ url, alt: alt ?? null })) }),
    ...(thumbnail !== undefined && { thumbnail, thumbnailChosen: thumbnail !== null }),
    ...(seo !== undefined && { seo: seoOf(seo && { ...before?.seo, ...given(seo) }) }),
    ...(categoryIds && { categoryIds: categoryIds.map((id) => id.toLowerCase()) }),
    ...(relatedIds && { relatedIds: relatedIds.map((id) => id.toLowerCase()) }),
    ...(publishAt !== undefined && { publishAt: timeOf(publishAt) }),
    ...(unpublishAt !== undefined && { unpublishAt: timeOf(unpublishAt) }),
  };
}

/** As the database writes it. */
const idOf = (id: string | null | undefined) => id?.toLowerCase() ?? id;

const timeOf = (time: string | null): Date | null => (time === null ? null : new Date(time));

/** Nothing is kept of what says nothing. */
export const seoOf = (seo: Seo | null): Seo => {
  const { title = null, description = null } = seo ?? {};
  return title === null && description === null ? {} : { title, description };
};
