import { MAX_FURTHER } from '../products/further-categories.js';
import { given } from '../products/given.js';
import type { Medium, Product, ProductFields } from '../products/product.entity.js';
import { seoOf } from '../products/product-fields.js';
import type { MasterFields } from './csv-master.js';
import type { CsvRow } from './csv-row.js';
import type { CategoryFinder } from './import-categories.js';
import type { References } from './import-references.js';

/** What the names in a row stand for. */
export type Names = Pick<References, 'brandId' | 'typeId'> & { categoryId: CategoryFinder };

type Before = Pick<Product, 'status' | 'attributes' | 'media' | 'seo' | 'categoryId' | 'categoryIds'>;
const NOTHING: Before = {
  status: 'draft',
  attributes: {},
  media: [],
  seo: {},
  categoryId: null,
  categoryIds: [],
};

/** The fields that a row sets on what the shop has of its product. What it says nothing of is not among them. */
export function fieldsOver(
  product: Product | undefined,
  master: MasterFields,
  externalId: CsvRow['externalId'],
  names: Names,
): Partial<ProductFields> & { name: string } {
  const before: Before = product ?? NOTHING;
  const { categoryNames, furtherNames, attributes, media, thumbnail, brand, typeCode, seo, ...others } = master;
  const { status, publishAt, ...rest } = others;
  return {
    ...rest,
    ...(isPublished(before, master) ? {} : given({ status, publishAt })),
    ...(externalId !== null && { externalId }),
    ...(brand !== undefined && { brandId: brand === null ? null : names.brandId(brand) }),
    ...(typeCode !== undefined && { typeId: typeCode === null ? null : names.typeId(typeCode) }),
    ...(seo && { seo: seoOf({ ...before.seo, ...seo }) }),
    ...(attributes && { attributes: attributes(before.attributes) }),
    ...picturesOver(before, media?.(before.media), thumbnail),
    ...placesOver(before, { categoryNames, furtherNames }, names),
  };
}

/** A file that is sent each night still says when a product was to be published, and perhaps that it is a draft until then. */
function isPublished(before: Before, { status, publishAt, unpublishAt }: MasterFields): boolean {
  if (before.status !== 'active' || status === 'archived' || !publishAt) return false;
  return publishAt <= new Date() && !(unpublishAt && unpublishAt <= publishAt);
}

/** A thumbnail that is left empty is the first picture. One that the file does not say is for the product to tell. */
function picturesOver(
  before: Before,
  media: Medium[] | undefined,
  thumbnail: string | null | undefined,
): Pick<Partial<ProductFields>, 'media' | 'thumbnail'> {
  const first = (media ?? before.media)[0]?.url ?? null;
  return given({ media, thumbnail: thumbnail === '' ? first : thumbnail });
}

/** A file may well name a category twice, or the main one again. */
function placesOver(
  before: Before,
  { categoryNames, furtherNames }: Pick<MasterFields, 'categoryNames' | 'furtherNames'>,
  { categoryId: idOf }: Names,
): Pick<Partial<ProductFields>, 'categoryId' | 'categoryIds'> {
  const { categoryId: main, categoryIds: further } = before;
  const categoryId = categoryNames ? idOf(categoryNames, [main, ...further]) : main;
  const places = Array.from({ length: MAX_FURTHER }, (_, place) => {
    const names = furtherNames?.[place];
    return names ? idOf(names, [further[place], ...further, main]) : (further[place] ?? null);
  });
  const categoryIds = [...new Set(places)].filter((id) => id !== null && id !== categoryId) as string[];
  return { ...(categoryNames && { categoryId }), ...(furtherNames && { categoryIds }) };
}
