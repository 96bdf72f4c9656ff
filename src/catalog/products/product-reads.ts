import { Injectable } from '@nestjs/common';
import {
  CachedBody,
  type Caller,
  Database,
  decodeCursor,
  isUuid,
  NotFoundProblem,
  PermissionDenied,
  paginate,
  ReadCache,
} from '../../platform/index.js';
import { CatalogSettings } from '../catalog.settings.js';
import { tags } from '../catalog.tags.js';
import { DETAIL, VARIANT_DETAIL } from './detail.sql.js';
import { type CardRow, type ListFilter, listQuery } from './list-query.js';
import type { ListProductsQuery, ProductQuery } from './product-queries.dto.js';
import type { ProductResponse, VariantResponse } from './product-responses.dto.js';
import { SLUG } from './slug.js';

interface DetailRow {
  id: string;
  categoryId: string | null;
  body: string;
}

/** Whether this caller sees drafts and archived products. */
const seesAll = (caller: Caller) => caller.can('products:read') || caller.can('products:write');

/** What shoppers read: one statement each, straight to the bytes of the answer, kept until a write drops them. */
@Injectable()
export class ProductReads {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
    private readonly settings: CatalogSettings,
  ) {}

  /** A page of cards. What everyone may see comes from the cache. */
  async list(query: ListProductsQuery, caller: Caller): Promise<CachedBody> {
    if (query.status !== undefined && query.status !== 'active' && !seesAll(caller)) {
      throw new PermissionDenied('products:read');
    }
    const status = query.status ?? (seesAll(caller) ? undefined : 'active');
    const filter = this.filterOf(query, status);
    const bind = JSON.stringify(filter);
    const load = () => this.loadPage(filter, bind, query.limit, query.cursor);
    if (status !== 'active') return CachedBody.of(await load(), 'no-store');
    return this.cache.wrap(`products ${query.limit} ${query.cursor ?? ''} ${bind}`, async () => ({
      body: CachedBody.of(await load()),
      tags: [tags.lists],
    }));
  }

  /** A product as everyone sees it. @throws {NotFoundProblem} unless it is active. */
  async shown(idOrSlug: string, { currency = this.settings.currency, channel }: ProductQuery): Promise<CachedBody> {
    return this.cache.wrap(`product ${currency} ${channel ?? ''} ${idOrSlug}`, async () => {
      const row = await this.row(idOrSlug, { currency, channel }, true);
      const of = [tags.product(row.id), ...(row.categoryId ? [tags.category(row.categoryId)] : [])];
      return { body: CachedBody.of(row.body), tags: of };
    });
  }

  /** A product as it is now, whatever its status: for the back office. */
  async current(idOrSlug: string, query: ProductQuery = {}): Promise<ProductResponse> {
    const { currency = this.settings.currency, channel } = query;
    return JSON.parse((await this.row(idOrSlug, { currency, channel }, false)).body) as ProductResponse;
  }

  /** A product for this caller: staff see what is, everyone else what is shown. */
  detail(idOrSlug: string, query: ProductQuery, caller: Caller): Promise<CachedBody | ProductResponse> {
    return seesAll(caller) ? this.current(idOrSlug, query) : this.shown(idOrSlug, query);
  }

  async variant(id: string): Promise<VariantResponse> {
    const [row] = await this.database.query<{ body: string }>(VARIANT_DETAIL, [id, this.settings.currency, null]);
    if (!row) throw new NotFoundProblem('Variant', id);
    return JSON.parse(row.body) as VariantResponse;
  }

  private filterOf(query: ListProductsQuery, status: ListFilter['status']): ListFilter {
    const { q, category, minPrice, maxPrice, inStock, sort } = query;
    const priced =
      query.currency !== undefined ||
      minPrice !== undefined ||
      maxPrice !== undefined ||
      sort === 'price' ||
      sort === '-price';
    return {
      q: q?.trim().replace(/\s+/g, ' '),
      category,
      status,
      minPrice,
      maxPrice,
      inStock,
      currency: query.currency ?? this.settings.currency,
      priced,
      option: Object.fromEntries(Object.entries(query.option ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))),
      sort,
    };
  }

  private async loadPage(filter: ListFilter, bind: string, limit: number, cursor?: string): Promise<string> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, bind);
    const { sql, params } = listQuery(filter, limit, after);
    const rows = (await this.database.query<CardRow>(sql, params)).slice(0, limit + 1);
    const { data, nextCursor } = paginate({ rows, limit, bind, cursorOf: ({ key, id }) => [key, id] });
    return `{"data":[${data.map(({ card }) => card).join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}`;
  }

  private async row(idOrSlug: string, { currency, channel }: ProductQuery, activeOnly: boolean): Promise<DetailRow> {
    if (!isUuid(idOrSlug) && !SLUG.test(idOrSlug)) throw new NotFoundProblem('Product', idOrSlug);
    const sql = isUuid(idOrSlug)
      ? activeOnly
        ? DETAIL.activeById
        : DETAIL.byId
      : activeOnly
        ? DETAIL.activeBySlug
        : DETAIL.bySlug;
    const [row] = await this.database.query<DetailRow>(sql, [idOrSlug, currency, channel ?? null]);
    if (!row) throw new NotFoundProblem('Product', idOrSlug);
    return row;
  }
}
