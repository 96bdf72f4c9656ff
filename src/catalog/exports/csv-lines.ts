import { exponentOf } from '../../platform/index.js';
import { titleOf } from '../products/product-options.js';
import { countOf, type ExportedProduct, type ExportedVariant } from './exported-product.js';

export interface AttributeColumn {
  name: string;
  kind: 'string' | 'number' | 'boolean';
}

type Cells = Record<string, string | number | null | undefined>;

const OPTIONS = [1, 2, 3, 4, 5];
/** The attribute that has a column of its own. */
const TYPE = 'product_type';

/**
 * Products as rows of CSV, in the columns that an import takes: a row that describes the product, then a row for each
 * variant, and a row more for each further currency. A product that is one variant without options is one row.
 */
export class CsvLines {
  private readonly columns: string[];

  constructor(
    private readonly attributes: AttributeColumn[],
    most: { media: number; categories: number },
  ) {
    const images = Array.from({ length: Math.max(1, most.media) }, (_, index) => index + 1);
    // One at least: a file without the column leaves alone what there is.
    const places = Array.from({ length: Math.max(1, most.categories) }, (_, index) => `category${index + 2}`);
    this.columns = [
      ...['slug', 'external_id', 'sku', 'name', 'variant_title', 'price', 'compare_at_price', 'currency', 'status'],
      ...['description', 'tags', 'product_type', 'category1', ...places],
      ...['brand', 'type_code', 'seo_title', 'seo_description', 'publish_at', 'unpublish_at'],
      ...OPTIONS.flatMap((number) => [`option${number}_name`, `option${number}_value`]),
      'thumbnail',
      ...images.flatMap((number) => [`image${number}_src`, `image${number}_alt`]),
      ...['width', 'height', 'depth', 'dimensions_unit', 'weight', 'weight_unit'],
      ...['inventory_count', 'inventory_backorderable'],
      ...attributes.filter(({ name, kind }) => name !== TYPE || kind !== 'string').map(columnOf),
    ];
  }

  get header(): string {
    return `${this.columns.map(quoted).join(',')}\n`;
  }

  of(product: ExportedProduct): string {
    const variants = product.variants ?? [];
    const [only] = variants;
    const single = variants.length === 1 && only && isPlain(only, product) ? only : undefined;
    const master = { ...this.master(product), ...(single ? offer(single, 0) : {}) };
    const rest = single
      ? further(single)
      : variants.flatMap((variant) => [{ ...described(variant, product), ...offer(variant, 0) }, ...further(variant)]);
    return [master, ...rest].map((cells) => this.line({ ...cells, slug: product.slug })).join('');
  }

  private master(product: ExportedProduct): Cells {
    const { externalId, name, status, description, tags, category, thumbnail, media, attributes } = product;
    const cells: Cells = {
      ...{
        external_id: externalId,
        name,
        status,
        description,
        tags: tags.map(quoted).join(', '),
      },
      ...{
        brand: product.brand,
        type_code: product.type,
        seo_title: product.seo.title,
        seo_description: product.seo.description,
      },
      ...{ publish_at: product.publishAt?.toISOString(), unpublish_at: product.unpublishAt?.toISOString() },
      ...{ category1: category.join(' -> '), thumbnail: thumbnail === media[0]?.url ? null : thumbnail },
    };
    product.categories.forEach((names, index) => {
      cells[`category${index + 2}`] = names.join(' -> ');
    });
    media.forEach(({ url, alt }, index) => {
      cells[`image${index + 1}_src`] = url;
      cells[`image${index + 1}_alt`] = alt;
    });
    for (const column of this.attributes) {
      const value = attributes[column.name];
      if (typeof value === column.kind) cells[columnOf(column)] = String(value);
    }
    return cells;
  }

  private line(cells: Cells): string {
    return `${this.columns.map((column) => quoted(cells[column])).join(',')}\n`;
  }
}

function columnOf({ name, kind }: AttributeColumn): string {
  if (kind === 'string' && name === TYPE) return TYPE;
  // An import takes the first `custom.` for no part of the name.
  const column = `custom_field.${/^custom\./i.test(name) ? 'custom.' : ''}${name}`;
  if (kind !== 'string') return `${column}:${kind}`;
  return /(:(number|boolean|text)|\s)$/i.test(name) ? `${column}:text` : column;
}

/** Says nothing that the row of its product could not say. */
function isPlain(variant: ExportedVariant, product: ExportedProduct): boolean {
  const { optionValues, image, title, prices } = variant;
  const offered = (prices[0]?.amount ?? 0) > 0 || (prices.length === 0 && countOf(variant) !== null);
  return Object.keys(optionValues).length === 0 && image === null && title === titleOf(product.options, {}) && offered;
}

function described(variant: ExportedVariant, { options }: ExportedProduct): Cells {
  const { title, optionValues, image } = variant;
  const cells: Cells = {
    variant_title: title === titleOf(options, optionValues) ? null : title,
    image1_src: image,
  };
  options.forEach(({ name }, index) => {
    cells[`option${index + 1}_name`] = name;
    cells[`option${index + 1}_value`] = optionValues[name] ?? null;
  });
  return cells;
}

/** What the variant costs in one currency; with the first, also what there is of it and how large it is. */
function offer(variant: ExportedVariant, index: number): Cells {
  const { sku, prices, stock, backorderable, widthMm, heightMm, depthMm, weightGrams } = variant;
  const price = prices[index];
  const cells: Cells = {
    sku,
    ...(price ? { price: decimal(price.amount, price.currency), currency: price.currency } : {}),
    compare_at_price: price?.compareAtAmount == null ? null : decimal(price.compareAtAmount, price.currency),
  };
  if (index > 0) return cells;
  const sized = widthMm !== null || heightMm !== null || depthMm !== null;
  return {
    ...cells,
    ...{ width: widthMm, height: heightMm, depth: depthMm, dimensions_unit: sized ? 'mm' : null },
    ...{ weight: weightGrams, weight_unit: weightGrams === null ? null : 'g' },
    inventory_count: countOf(variant),
    inventory_backorderable: stock === null ? null : String(backorderable ?? false).toUpperCase(),
  };
}

const further = (variant: ExportedVariant): Cells[] =>
  variant.prices.slice(1).map((_, index) => offer(variant, index + 1));

/** 1999 EUR is 19.99, 1999 JPY is 1999. */
function decimal(amount: number, currency: string): string {
  const exponent = exponentOf(currency);
  if (exponent === 0) return String(amount);
  const digits = String(amount).padStart(exponent + 1, '0');
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** RFC 4180. */
function quoted(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
