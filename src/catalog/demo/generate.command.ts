import { once } from 'node:events';
import { Injectable } from '@nestjs/common';
import { type CliAction, CliCommand } from '../../platform/index.js';
import { ndjsonLine } from '../exports/ndjson-lines.js';
import { type Generated, generateProducts } from './generate.js';

const PAGE = 1000;

/** `galley catalog:generate 100000 1 > products.ndjson`: for trying out and measuring. The same for the same seed. */
@Injectable()
@CliCommand('catalog:generate <count> [seed]', 'Write made-up products to standard output, as NDJSON to be imported')
export class GenerateCommand implements CliAction {
  async run([count = '', seed = '1']: string[]): Promise<number> {
    if (!/^\d{1,8}$/.test(count) || !/^\d{1,9}$/.test(seed)) {
      process.stderr.write('Say how many products, and if you like a number that makes them others.\n');
      return 1;
    }
    for (let from = 0; from < Number(count); from += PAGE) {
      const items = generateProducts(Math.min(PAGE, Number(count) - from), { seed: Number(seed), from });
      if (!process.stdout.write(items.map(ndjsonOf).join(''))) await once(process.stdout, 'drain');
    }
    return 0;
  }
}

/** The line that an import takes. */
export function ndjsonOf({ product, offers, category }: Generated): string {
  const { slug, externalId, name, description, status, attributes, options, tags, media, thumbnail, seo } = product;
  const { id, publishAt, unpublishAt, translations, variants } = product;
  return ndjsonLine({
    ...{ id, slug, externalId, name, description, status, category, attributes, options, tags, media, thumbnail, seo },
    ...{ categories: [], publishAt, unpublishAt, translations, brand: null, type: null },
    variants: variants.map((variant, index) => ({
      sku: variant.sku,
      title: variant.title,
      optionValues: variant.optionValues,
      image: variant.image,
      weightGrams: variant.weightGrams,
      widthMm: variant.widthMm,
      heightMm: variant.heightMm,
      depthMm: variant.depthMm,
      prices: (offers[index]?.prices ?? []).map(({ currency, amount, compareAtAmount = null }) => ({
        amount,
        currency,
        compareAtAmount,
      })),
      stock: offers[index]?.onHand ?? 0,
      backorderable: offers[index]?.backorderable ?? false,
    })),
  });
}
