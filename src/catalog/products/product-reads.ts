import { Injectable } from '@nestjs/common';
import {
  CachedBody,
  type Caller,
  Database,
  isUuid,
  Locales,
  Moved,
  NotFoundProblem,
  ReadCache,
  Unaddressed,
} from '../../platform/index.js';
import { CatalogSettings } from '../catalog.settings.js';
import { tags } from '../catalog.tags.js';
import { MediaAddresses } from '../media/media-addresses.js';
import { Channels } from '../prices/channels.js';
import { seesAll } from '../sees-all.js';
import { DETAIL_INCLUDES, type DetailInclude, detail, FORMER, VARIANT_DETAIL, VARIANTS_BY_SKU } from './detail.sql.js';
import { included, picked } from './picked.js';
import type { ProductQuery } from './product-queries.dto.js';
import type { FoundVariant, ProductResponse, VariantResponse } from './product-responses.dto.js';
import { SLUG } from './slug.js';

interface DetailRow {
  id: string;
  categoryId: string | null;
  categoryIds: string[];
  brandId: string | null;
  typeId: string | null;
  relatedIds: string[];
  body: string;
}

/** What a detail shows, everything filled in. */
interface Wish {
  currency: string;
  /** Null where none is named. */
  channel: string | null;
  locale: string;
  include: DetailInclude[];
  fields: string[] | undefined;
}

/** Products one by one: one statement each, straight to the bytes of the answer, kept until a write drops them. */
@Injectable()
export class ProductReads {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
    private readonly settings: CatalogSettings,
    private readonly locales: Locales,
    private readonly addresses: MediaAddresses,
    private readonly channels: Channels,
  ) {}

  /** A product as everyone sees it. @throws {NotFoundProblem} unless it is active. */
  private async shown(idOrSlug: string, wish: Wish): Promise<CachedBody | Moved> {
    const key = `product ${wish.currency} ${wish.channel ?? ''} ${wish.locale} ${wish.include.join()} ${wish.fields?.join() ?? ''} ${idOrSlug}`;
    try {
      return await this.cache.wrap(key, async () => {
        const row = await this.row(idOrSlug, wish, true);
        const of = [
          tags.product(row.id),
          ...[row.categoryId ?? [], row.categoryIds].flat().map(tags.category),
          ...(row.brandId ? [tags.brand(row.brandId)] : []),
          ...(row.typeId ? [tags.type(row.typeId)] : []),
          ...(wish.include.includes('related') ? [tags.lists, ...row.relatedIds.map(tags.product)] : []),
        ];
        return { body: CachedBody.of(wish.fields ? only(row.body, wish.fields) : row.body), tags: of };
      });
    } catch (thrown) {
      return this.moved(idOrSlug, thrown, true);
    }
  }

  /** A product as it is now, whatever its status: for the back office. */
  async current(id: string): Promise<ProductResponse> {
    const { currency } = this.settings;
    const wish = { currency, channel: null, locale: this.locales.base, include: [], fields: undefined };
    return JSON.parse((await this.row(id, wish, false)).body) as ProductResponse;
  }

  /** A product for this caller: staff see what is, everyone else what is shown. A slug that it had before leads to it. */
  async detail(
    idOrSlug: string,
    query: ProductQuery,
    caller: Caller,
    accepted?: string,
  ): Promise<CachedBody | Unaddressed | ProductResponse | Moved> {
    const asked = readsVariants(query) ? query.channel : undefined;
    const channel = asked === undefined ? null : await this.channels.known(asked);
    const wish = {
      currency: query.currency ?? this.settings.currency,
      channel,
      // Staff save what they have read: a browser's own wish must not have them write one language over another.
      locale: this.locales.choose(query.locale, seesAll(caller) ? undefined : accepted),
      include: included(DETAIL_INCLUDES, query),
      fields: query.fields && [...query.fields].sort(),
    };
    if (!seesAll(caller)) {
      const shown = await this.shown(idOrSlug, wish);
      // A list that is made later may name it.
      return asked !== undefined && channel === null && shown instanceof CachedBody ? new Unaddressed(shown) : shown;
    }
    try {
      const { body } = await this.row(idOrSlug, wish, false);
      // The version always: their ETag is made of it.
      return (wish.fields ? only(body, [...wish.fields, 'version']) : JSON.parse(body)) as ProductResponse;
    } catch (thrown) {
      return this.moved(idOrSlug, thrown, false);
    }
  }

  async variant(id: string): Promise<VariantResponse> {
    const [row] = await this.database.query<{ body: string }>(VARIANT_DETAIL, [id, this.settings.currency, null]);
    if (!row) throw new NotFoundProblem('Variant', id);
    return JSON.parse(row.body) as VariantResponse;
  }

  /** Those that there are, by SKU, whatever the status of their products. */
  async variantsBySku(skus: string[]): Promise<FoundVariant[]> {
    const rows = await this.database.query<{ body: string }>(VARIANTS_BY_SKU, [skus, this.settings.currency, null]);
    return rows.map(({ body }) => JSON.parse(body) as FoundVariant);
  }

  private async row(idOrSlug: string, wish: Wish, activeOnly: boolean): Promise<DetailRow> {
    if (!isUuid(idOrSlug) && !SLUG.test(idOrSlug)) throw new NotFoundProblem('Product', idOrSlug);
    const { locale, include } = wish;
    const variants = readsVariants(wish);
    const locales = this.locales.chainOf(locale);
    const by = isUuid(idOrSlug) ? 'id' : 'slug';
    const sql = detail({ by, activeOnly, locales, locale, include, variants, pictures: this.addresses.sql });
    const [row] = await this.database.query<DetailRow>(sql, [idOrSlug, wish.currency, wish.channel]);
    if (!row) throw new NotFoundProblem('Product', idOrSlug);
    return row;
  }

  /** Where the product is that had this slug before; what was thrown is thrown again when there is none. */
  private async moved(slug: string, thrown: unknown, activeOnly: boolean): Promise<Moved> {
    if (!(thrown instanceof NotFoundProblem) || isUuid(slug) || !SLUG.test(slug)) throw thrown;
    const [now] = await this.database.query<{ slug: string; status: string }>(FORMER, [slug]);
    if (!now || (activeOnly && now.status !== 'active')) throw thrown;
    return new Moved(`/v1/products/${now.slug}`);
  }
}

/** Whether they are asked for: nothing else depends on a channel. */
const readsVariants = ({ fields }: Pick<ProductQuery, 'fields'>): boolean => fields?.includes('variants') ?? true;

/** The JSON with only these members. */
const only = (json: string, fields: string[]): object => picked(JSON.parse(json) as Record<string, unknown>, fields);
