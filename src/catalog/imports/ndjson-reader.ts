import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { checkedAs, Refusal } from '../../platform/index.js';
import { MAX_FURTHER } from '../products/further-categories.js';
import { given } from '../products/given.js';
import { checkedPrices } from '../products/offers.js';
import type { AddVariantRequest } from '../products/variants.dto.js';
import type { CsvRow } from './csv-row.js';
import { type Entry, type EntryReader, type Preamble, UnreadableFile } from './entries.js';
import { NdjsonProduct } from './ndjson-product.js';

/** Characters of one line. */
const LONGEST_LINE = 4_000_000;

/** Reads products from NDJSON: one on each line, as the export writes them. */
export class NdjsonReader implements EntryReader {
  readonly preamble: Preamble = { ignoredColumns: [] };

  constructor(private readonly file: Readable) {}

  async *entries(): AsyncIterable<Entry> {
    const lines = createInterface({ input: this.file, crlfDelay: Number.POSITIVE_INFINITY });
    const failed = new Promise<never>((_, reject) => this.file.once('error', reject));
    failed.catch(() => lines.close());
    let line = 0;
    let number = 0;
    let bytes = 0;
    for await (const text of lines) {
      line += 1;
      bytes += Buffer.byteLength(text) + 1;
      if (text.length > LONGEST_LINE) {
        throw new UnreadableFile(
          `Line ${line} is longer than ${LONGEST_LINE} characters. Nothing from it on was taken.`,
        );
      }
      if (text.trim() === '') continue;
      number += 1;
      yield { number, line, bytes, ...(await entryOf(text.replace(/^\ufeff/, ''), line)) };
    }
    if (this.file.errored) await failed;
    if (number === 0) throw new UnreadableFile('The file is empty.');
  }
}

async function entryOf(text: string, line: number): Promise<Pick<Entry, 'rows' | 'refused'>> {
  try {
    return { rows: rowsOf(await checkedAs(NdjsonProduct, JSON.parse(text)), line), refused: [] };
  } catch (thrown) {
    const { message } = thrown as Error;
    if (thrown instanceof SyntaxError) return refuse(line, '', `is not JSON: ${message.slice(0, 200)}`);
    if (!(thrown instanceof Refusal)) throw thrown;
    const errors = thrown.errors ?? [{ pointer: '', message }];
    return {
      rows: [],
      refused: errors.map((error) => ({ line, column: error.pointer, reason: error.message.replace(/\.$/, '') })),
    };
  }
}

const refuse = (line: number, column: string, reason: string) => ({ rows: [], refused: [{ line, column, reason }] });

/** The product as the rows that a CSV would have of it. What it leaves out is left out of them. */
function rowsOf(product: NdjsonProduct, line: number): CsvRow[] {
  const { slug = '', externalId = null, name, variants, description, status, category, attributes, tags } = product;
  const { categories, options, media, thumbnail, brand, type, seo, publishAt, unpublishAt, translations } = product;
  const common = { line, slug, externalId, isNamedBySku: false };
  const master: CsvRow = {
    ...common,
    ...NOTHING,
    sku: '',
    master: {
      name,
      ...given({ description, status, categoryNames: category, tags, options, thumbnail }),
      ...given({ brand, typeCode: type, translations }),
      ...(categories && { furtherNames: Array.from({ length: MAX_FURTHER }, (_, place) => categories[place] ?? []) }),
      ...(attributes && { attributes: () => attributes }),
      ...(media && { media: () => media.map(({ url, alt }) => ({ url, alt: alt ?? null })) }),
      ...(seo !== undefined && { seo: { title: seo?.title ?? null, description: seo?.description ?? null } }),
      ...given({ publishAt: timeOf(publishAt), unpublishAt: timeOf(unpublishAt) }),
    },
  };
  return [master, ...variants.flatMap((variant, index) => variantRows(variant, common, `/variants/${index}`))];
}

const timeOf = (time: string | null | undefined) => (typeof time === 'string' ? new Date(time) : time);

const NOTHING = {
  title: null,
  optionValues: {},
  price: null,
  onHand: null,
  backorderable: null,
  image: null,
  measures: { weightGrams: null, widthMm: null, heightMm: null, depthMm: null },
  describes: false,
};

type Common = Pick<CsvRow, 'line' | 'slug' | 'externalId' | 'isNamedBySku'>;

function variantRows(variant: AddVariantRequest, common: Common, pointer: string): CsvRow[] {
  const {
    sku,
    title = null,
    optionValues = {},
    image = null,
    prices = [],
    stock = null,
    backorderable = null,
  } = variant;
  const { weightGrams = null, widthMm = null, heightMm = null, depthMm = null } = variant;
  checkedPrices(prices, `${pointer}/prices`);
  const row: CsvRow = {
    ...common,
    ...{ sku, master: null, title, optionValues, image, onHand: stock, backorderable, describes: true },
    price: prices[0] ?? null,
    measures: { weightGrams, widthMm, heightMm, depthMm },
  };
  return [row, ...prices.slice(1).map((price) => ({ ...common, ...NOTHING, sku, master: null, price }))];
}
