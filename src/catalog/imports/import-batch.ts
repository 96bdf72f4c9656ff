import { Refusal } from '../../platform/index.js';
import type { NewProduct, PriceDraft } from '../products/insert-products.js';
import { Product, type ProductFields } from '../products/product.entity.js';
import { optionsFrom } from '../products/product-options.js';
import type { Variant, VariantDraft } from '../products/variant.entity.js';
import type { CsvRow } from './csv-row.js';
import { RowRefused } from './fields.js';
import type { References } from './import-references.js';
import type { ImportReport } from './import-report.js';

/** What the database knows of the products and SKUs that a batch names. */
export interface Known extends References {
  products: Map<string, Product>;
  /** Slug of the product that has a SKU. */
  ownerOf: Map<string, string>;
  categoryId: (names: string[]) => string | null;
  /** Would be there by now, were this not a dry run. */
  isPromised: (slug: string) => boolean;
}

interface Count {
  line: number;
  onHand: number;
  backorderable: boolean;
}

/** Applies rows to products in memory. What is to be written stands in it afterwards. */
export class ImportBatch {
  readonly created = new Map<string, Product>();
  readonly changed = new Set<Product>();
  readonly addedVariants = new Set<Variant>();
  readonly changedVariants = new Set<Variant>();
  readonly prices = new Map<string, Map<string, PriceDraft>>();
  readonly counts = new Map<string, Count>();
  private readonly masterLines = new Map<string, number>();

  constructor(
    private readonly known: Known,
    private readonly report: ImportReport,
  ) {}

  apply(rows: CsvRow[]): void {
    const masterSkus = new Map(rows.flatMap(({ master, slug, sku }) => (master ? [[slug, sku] as const] : [])));
    const below = rows.filter(({ master }) => !master);
    const described = new Set(below.map(({ slug }) => slug));
    const withVariants = new Set(below.filter(({ slug, sku }) => masterSkus.get(slug) !== sku).map(({ slug }) => slug));
    for (const row of rows) {
      try {
        if (row.master) this.applyMaster(row, described.has(row.slug), withVariants.has(row.slug));
        else this.applyVariant(row);
      } catch (thrown) {
        if (thrown instanceof RowRefused) this.report.refuse(row.line, thrown.column, thrown.message);
        else if (thrown instanceof Refusal)
          this.report.refuse(row.line, columnOf(thrown), thrown.message.replace(/\.$/, ''));
        else throw thrown;
      }
    }
    for (const [slug, product] of this.created) {
      if (product.variants.length > 0) continue;
      this.created.delete(slug);
      this.report.refuse(
        this.masterLines.get(slug) ?? 0,
        'slug',
        'none of the variants of this product could be taken',
      );
    }
  }

  /** Products that are new, with what their variants cost and how many there are. */
  get newProducts(): NewProduct[] {
    return [...this.created.values()].map((product) => ({
      product,
      offers: product.variants.map(({ id }) => ({
        prices: [...(this.prices.get(id)?.values() ?? [])],
        onHand: this.counts.get(id)?.onHand ?? 0,
        backorderable: this.counts.get(id)?.backorderable ?? false,
      })),
    }));
  }

  /** Products that the shop had already. */
  get oldProducts(): Product[] {
    return [...this.known.products.values()].filter((product) => this.created.get(product.slug) !== product);
  }

  private applyMaster(row: CsvRow, isFollowed: boolean, hasVariantRows: boolean): void {
    const { master, slug } = row;
    if (!master) return;
    const { categoryNames, furtherNames, brand, typeCode, ...rest } = master;
    const fields: Partial<ProductFields> & { name: string } = {
      ...rest,
      ...(brand !== undefined && { brandId: brand === null ? null : this.known.brandId(brand) }),
      ...(typeCode !== undefined && { typeId: typeCode === null ? null : this.known.typeId(typeCode) }),
      ...this.placesOf(categoryNames, furtherNames),
      ...(row.externalId === null ? {} : { externalId: row.externalId }),
    };
    const existing = this.known.products.get(slug);
    // The first row of a product with variants is no variant itself: its price of 0 and its SKU are placeholders.
    const others = existing?.variants.filter(({ sku }) => sku !== row.sku) ?? [];
    const isVariant = row.sku !== '' && !hasVariantRows && others.length === 0 && isOffered(row);
    if (existing?.externalId && row.externalId && existing.externalId !== row.externalId)
      throw new RowRefused(
        'external_id',
        `the product "${slug}" is "${existing.externalId}": give this one another slug`,
      );
    if (!existing && this.known.isPromised(slug)) return;
    if (!existing && !isFollowed && !isVariant) {
      throw new RowRefused('price', 'the product has neither a price nor rows of variants');
    }
    const { status = 'draft', attributes = {}, publishAt = null, typeId = null } = { ...existing, ...fields };
    this.known.typeOf(typeId)?.check({ status, attributes, publishAt });
    if (existing) {
      if (existing.change(fields)) this.changed.add(existing);
    } else {
      const product = Product.create({ ...fields, slug, variants: [] });
      this.known.products.set(slug, product);
      this.created.set(slug, product);
      this.masterLines.set(slug, row.line);
    }
    if (isVariant) this.applyVariant({ ...row, image: null });
  }

  /** A file may well name a category twice, or the main one again. */
  private placesOf(names: string[], further?: string[][]): Pick<Partial<ProductFields>, 'categoryId' | 'categoryIds'> {
    const categoryId = this.known.categoryId(names);
    const ids = new Set(further?.flatMap((each) => this.known.categoryId(each) ?? []));
    if (categoryId !== null) ids.delete(categoryId);
    return { categoryId, ...(further && { categoryIds: [...ids] }) };
  }

  private applyVariant(row: CsvRow): void {
    const product = this.known.products.get(row.slug);
    if (!product && this.known.isPromised(row.slug)) return;
    if (!product && row.slug === '')
      throw new RowRefused('slug', `is empty, and no product of the shop has the SKU "${row.sku}" or this external id`);
    if (!product) throw new RowRefused('slug', `no product "${row.slug}" is in the shop or above in the file`);
    const owner = this.known.ownerOf.get(row.sku);
    if (owner !== undefined && owner !== row.slug) {
      throw new RowRefused('sku', `"${row.sku}" belongs to the product "${owner}"`);
    }
    const variant = this.variantOf(product, row);
    if (row.price) {
      const prices = this.prices.get(variant.id) ?? new Map<string, PriceDraft>();
      this.prices.set(variant.id, prices.set(row.price.currency, row.price));
    }
    if (row.onHand !== null) {
      this.counts.set(variant.id, { line: row.line, onHand: row.onHand, backorderable: row.backorderable });
    }
  }

  private variantOf(product: Product, row: CsvRow): Variant {
    const { sku, title, optionValues, image, measures, describes } = row;
    const existing = product.variants.find((variant) => variant.sku === sku);
    if (existing && !describes) return existing;
    const options = product.options;
    const draft: VariantDraft = { sku, ...(title === null ? {} : { title }), optionValues, image, ...measures };
    product.options = optionsFrom(options, [optionValues]);
    try {
      if (!existing) {
        const added = product.addVariant(draft);
        this.addedVariants.add(added);
        this.changed.add(product);
        this.known.ownerOf.set(sku, product.slug);
        return added;
      }
      if (product.changeVariant(existing.id, given(draft)).changed) {
        this.changedVariants.add(existing);
        this.changed.add(product);
      }
      return existing;
    } catch (thrown) {
      product.options = options;
      throw thrown;
    }
  }
}

/** The first row of a product whose price is 0 or missing is there to describe it, unless it counts stock. */
const isOffered = ({ price, onHand }: CsvRow): boolean =>
  (price?.amount ?? 0) > 0 || (price === null && onHand !== null);

/** What a row leaves empty stays as it is. */
function given(draft: VariantDraft): Partial<VariantDraft> {
  const isEmpty = (value: unknown) =>
    value === null || (typeof value === 'object' && Object.keys(value ?? {}).length === 0);
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => !isEmpty(value)));
}

function columnOf(refusal: Refusal): string {
  const pointer = refusal.errors?.[0]?.pointer ?? '';
  if (/^\/attributes\//.test(pointer)) return pointer;
  if (/publishAt/.test(pointer)) return pointer === '/publishAt' ? 'publish_at' : 'unpublish_at';
  return /optionValues|options/.test(pointer) ? 'option1_value' : /sku/i.test(refusal.problem.code) ? 'sku' : 'slug';
}
