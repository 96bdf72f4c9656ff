import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';
import { Brand } from '../brands/brand.entity.js';
import { ProductType } from '../product-types/product-type.entity.js';
import type { Product } from '../products/product.entity.js';
import { slugOf } from '../products/slug.js';
import type { CsvRow } from './csv-row.js';
import { RowRefused } from './fields.js';

/** What rows name of brands and types. */
export interface References {
  brandId: (name: string) => string;
  /** @throws {RowRefused} when there is no such type. */
  typeId: (code: string) => string;
  typeOf: (id: string | null) => ProductType | undefined;
}

/** The oldest brand of each name; of the names that are left, whose slug they would have. */
const BRANDS = `
  SELECT n.name, b.id FROM unnest($1::text[], $2::text[]) AS n (name, slug)
  CROSS JOIN LATERAL (
    SELECT id FROM catalog.brands WHERE name = n.name OR slug = n.slug ORDER BY name = n.name DESC, id LIMIT 1
  ) b`;

/** Finds brands by name, or makes them, and types by code. */
@Injectable()
export class ImportReferences {
  constructor(private readonly database: Database) {}

  /** Four statements at most; none when neither rows nor products have any. */
  async load(rows: CsvRow[], products: Iterable<Product>): Promise<References> {
    const masters = rows.flatMap(({ master }) => master ?? []);
    const brands = await this.brands(masters.flatMap(({ brand }) => brand ?? []));
    const types = await this.types(
      masters.flatMap(({ typeCode }) => typeCode ?? []),
      [...products].flatMap(({ typeId }) => typeId ?? []),
    );
    const byId = new Map(types.map((type) => [type.id, type]));
    const byCode = new Map(types.map((type) => [type.code, type.id]));
    return {
      brandId: (name) => brands.get(name) ?? '',
      typeId: (code) => {
        const id = byCode.get(code);
        if (id === undefined) throw new RowRefused('type_code', `there is no product type "${code}"`);
        return id;
      },
      typeOf: (id) => byId.get(id ?? ''),
    };
  }

  private async brands(names: string[]): Promise<Map<string, string>> {
    const wanted = [...new Set(names)];
    if (wanted.length === 0) return new Map();
    const known = await this.knownBrands(wanted);
    const missing = new Map(wanted.filter((name) => !known.has(name)).map((name) => [brandSlug(name), name]));
    if (missing.size === 0) return known;
    const made = [...missing].map(([slug, name]) => Brand.create({ slug, name }));
    // In one order, so that imports side by side do not wait for each other in a circle.
    made.sort((a, b) => (a.slug < b.slug ? -1 : 1));
    await this.database.manager.createQueryBuilder().insert().into(Brand).values(made).orIgnore().execute();
    return this.knownBrands(wanted);
  }

  private async knownBrands(names: string[]): Promise<Map<string, string>> {
    const rows = await this.database.query<{ name: string; id: string }>(BRANDS, [names, names.map(brandSlug)]);
    return new Map(rows.map(({ name, id }) => [name, id]));
  }

  private async types(codes: string[], ids: string[]): Promise<ProductType[]> {
    if (codes.length === 0 && ids.length === 0) return [];
    return this.database.manager
      .createQueryBuilder(ProductType, 'type')
      .where('type.code = ANY (:codes) OR type.id = ANY (:ids)', { codes, ids })
      .orderBy('type.id')
      .setLock('for_key_share')
      .getMany();
  }
}

const brandSlug = (name: string): string =>
  slugOf(name) || `brand-${createHash('sha256').update(name).digest('hex').slice(0, 40)}`;
