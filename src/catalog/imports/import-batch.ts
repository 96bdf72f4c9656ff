import { Refusal } from '../../platform/index.js';
import type { NewProduct, PriceDraft } from '../products/insert-products.js';
import { Product, type ProductFields } from '../products/product.entity.js';
import { optionsFrom } from '../products/product-options.js';
import type { Variant, VariantDraft } from '../products/variant.entity.js';
import type { CsvRow } from './csv-row.js';
import { RowRefused } from './fields.js';
import type { CategoryFinder } from './import-categories.js';
import { fieldsOver } from './import-master.js';
import type { References } from './import-references.js';
import type { ImportReport } from './import-report.js';
import { undoOf } from './import-undo.js';

/** What the database knows of the products and SKUs that a batch names. */
export interface Known extends References {
  products: Map<string, Product>;
  /** Slug of the product that has a SKU. */
  ownerOf: Map<string, string>;
  categoryId: CategoryFinder;
  /** Whether it differs from what a variant costs whose product was archived before the batch. */
  isChangeOfArchived: (variantId: string, price: PriceDraft) => boolean;
  /** Would be there by now, were this not a dry run. */
  isPromised: (slug: string) => boolean;
}

interface Price extends PriceDraft {
  line: number;
}

interface Count {
  line: number;
  onHand: number;
  backorderable: boolean | null;
}

/** Applies rows to products in memory. What is to be written stands in it afterwards. */
export class ImportBatch {
  readonly created = new Map<string, Product>();
  readonly changed = new Set<Product>();
  readonly addedVariants = new Set<Variant>();
  readonly changedVariants = new Set<Variant>();
  readonly prices = new Map<string, Map<string, Price>>();
  readonly counts = new Map<string, Count>();
  private readonly masterLines = new Map<string, number>();

  constructor(
    private readonly known: Known,
    private readonly report: ImportReport,
  ) {}

  apply(rows: CsvRow[]): void {
    const masterSkus = new Set(rows.flatMap(({ master, slug, sku }) => (master ? [`${slug}\n${sku}`] : [])));
    const below = rows.filter(({ master }) => !master);
    const described = new Set(below.map(({ slug }) => slug));
    const withVariants = new Set(
      below.filter(({ slug, sku }) => !masterSkus.has(`${slug}\n${sku}`)).map(({ slug }) => slug),
    );
    const namesOf = namesBySku(rows);
    const take = (row: CsvRow): void => {
      if (row.master && (namesOf.get(row.slug)?.size ?? 0) > 1 && isBySku(row)) {
        throw new RowRefused(
          'name',
          'other rows give the same product another name: leave it empty in rows of variants',
        );
      }
      if (row.master) this.applyMaster(row, described.has(row.slug), withVariants.has(row.slug));
      else this.applyVariant(row);
    };
    for (const line of Map.groupBy(rows, ({ line }) => line).values()) this.applyLine(line, take);
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

  /** A line of a CSV is one row; one of NDJSON is several, and is taken as a whole or not at all. */
  private applyLine(rows: CsvRow[], take: (row: CsvRow) => void): void {
    const undo = rows.length > 1 ? undoOf(rows, this, this.known) : undefined;
    const refused = new Set<string>();
    for (const row of rows) {
      // Without what comes first, the product or the variant, the rest is refused for nothing of its own.
      if (refused.has('') || refused.has(row.sku)) continue;
      try {
        take(row);
      } catch (thrown) {
        this.refuse(row, thrown);
        refused.add(row.sku);
      }
    }
    if (refused.size > 0) undo?.();
  }

  private refuse({ line }: CsvRow, thrown: unknown): void {
    if (thrown instanceof RowRefused) this.report.refuse(line, thrown.column, thrown.message);
    else if (thrown instanceof Refusal) this.report.refuse(line, columnOf(thrown), thrown.message.replace(/\.$/, ''));
    else throw thrown;
  }

  private applyMaster(row: CsvRow, isFollowed: boolean, hasVariantRows: boolean): void {
    const { master, slug, externalId } = row;
    if (!master) return;
    const existing = this.known.products.get(slug);
    const fields = fieldsOver(existing, master, externalId, this.known);
    if (existing?.externalId && externalId && existing.externalId !== externalId)
      throw new RowRefused(
        'external_id',
        `the product "${slug}" is "${existing.externalId}": give this one another slug`,
      );
    const isVariant = isOfVariant(row, existing, hasVariantRows);
    if (!existing && this.known.isPromised(slug)) return;
    if (!existing && !isFollowed && !isVariant) {
      throw new RowRefused('price', 'the product has neither a price nor rows of variants');
    }
    const { status = 'draft', attributes = {}, publishAt = null, typeId = null } = { ...existing, ...fields };
    if (!existing || existing.isHeldFor(fields)) this.known.typeOf(typeId)?.check({ status, attributes, publishAt });
    const ofVariant = isVariant ? { ...row, image: null } : null;
    if (existing) this.change(existing, fields, ofVariant);
    else this.create(row, fields, ofVariant);
  }

  /** All of the row or nothing of it. */
  private change(product: Product, fields: Partial<ProductFields>, ofVariant: CsvRow | null): void {
    const before = { ...product };
    const isNews = !this.changed.has(product);
    try {
      if (product.change(fields)) this.changed.add(product);
      if (ofVariant) this.applyVariant(ofVariant);
    } catch (thrown) {
      Object.assign(product, before);
      if (isNews) this.changed.delete(product);
      throw thrown;
    }
  }

  private create(
    { slug, line }: CsvRow,
    fields: Partial<ProductFields> & { name: string },
    ofVariant: CsvRow | null,
  ): void {
    const product = Product.create({ ...fields, slug, variants: [] });
    this.known.products.set(slug, product);
    this.created.set(slug, product);
    this.masterLines.set(slug, line);
    if (ofVariant) this.applyVariant(ofVariant);
  }

  private applyVariant(row: CsvRow): void {
    const product = this.known.products.get(row.slug);
    const owner = this.known.ownerOf.get(row.sku);
    if (owner !== undefined && owner !== row.slug) {
      throw new RowRefused('sku', `"${row.sku}" belongs to the product "${owner}"`);
    }
    if (!product && this.known.isPromised(row.slug)) return;
    if (!product && row.slug === '')
      throw new RowRefused('slug', `is empty, and no product of the shop has the SKU "${row.sku}" or this external id`);
    if (!product) throw new RowRefused('slug', `no product "${row.slug}" is in the shop or above in the file`);
    const variant = this.variantOf(product, row);
    if (row.price) {
      if (this.known.isChangeOfArchived(variant.id, row.price)) product.requireOpen();
      const prices = this.prices.get(variant.id) ?? new Map<string, Price>();
      this.prices.set(variant.id, prices.set(row.price.currency, { ...row.price, line: row.line }));
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
        const added = product.addVariant(draft, { toNew: this.created.has(product.slug) });
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

/** Whether a row names a product that it tells by nothing but the SKU of a variant. */
const isBySku = ({ isNamedBySku, master, sku }: CsvRow): boolean => isNamedBySku && master !== null && sku !== '';

/** By the slug of their product. */
function namesBySku(rows: CsvRow[]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const row of rows.filter(isBySku)) {
    names.set(row.slug, (names.get(row.slug) ?? new Set()).add(row.master?.name ?? ''));
  }
  return names;
}

/**
 * Whether a row that describes a product says something of one of its variants too. The first row of a product with
 * variants may be none itself: its SKU and its price are placeholders. @throws {RowRefused} when that cannot be told.
 */
function isOfVariant(row: CsvRow, product: Product | undefined, hasVariantRows: boolean): boolean {
  const { slug, sku, price, onHand, title, optionValues } = row;
  if (sku === '') return false;
  if (product?.variants.some((variant) => variant.sku === sku)) {
    return !hasVariantRows || price?.amount !== 0 || onHand !== null;
  }
  if (!isOffered(row)) return false;
  if (title !== null || Object.keys(optionValues).length > 0) return true;
  if (hasVariantRows) return false;
  if (!product?.variants.length) return true;
  throw new RowRefused(
    'sku',
    `the product "${slug}" has no variant "${sku}": say its option values to add it, or leave the SKU empty`,
  );
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
