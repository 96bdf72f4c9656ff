import { Injectable } from '@nestjs/common';
import {
  CachedBody,
  type Caller,
  Database,
  decodeCursor,
  isUuid,
  Locales,
  PermissionDenied,
  paginate,
  ReadCache,
} from '../../platform/index.js';
import { CatalogSettings } from '../catalog.settings.js';
import { tags } from '../catalog.tags.js';
import { branches } from '../categories/category-tree.js';
import { MediaAddresses } from '../media/media-addresses.js';
import { facetsQuery } from '../search/facets.sql.js';
import type { FacetsQuery } from '../search/search.dto.js';
import { type Spelling, WORDS } from '../search/search.sql.js';
import { seesAll } from '../sees-all.js';
import { CARD_INCLUDES } from './card.sql.js';
import { isPlanned, type ListFilter, type Words } from './list-filters.js';
import { type CardRow, listQuery } from './list-query.js';
import { included, picked } from './picked.js';
import type { ListProductsQuery } from './product-queries.dto.js';

/** What shoppers are shown is of what is published. */
const COLLECTION = (byId: boolean, published: boolean): string =>
  `SELECT id FROM catalog.collections WHERE ${byId ? 'id' : 'slug'} = $1 ${published ? 'AND published' : ''}`;
const NO_COLLECTION = '00000000-0000-0000-0000-000000000000';

/** Lists of products and what can be chosen in them: straight to the bytes of the answer, kept until a write drops them. */
@Injectable()
export class ProductLists {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
    private readonly settings: CatalogSettings,
    private readonly locales: Locales,
    private readonly addresses: MediaAddresses,
  ) {}

  /** A page of cards. What everyone may see comes from the cache. */
  async list(query: ListProductsQuery, caller: Caller, accepted?: string): Promise<CachedBody> {
    const status = this.statusFor(query, caller);
    const filter = this.filterOf(query, status, caller, accepted);
    const { include, locales, pictures: _, ...found } = filter;
    // What cards show, and in which language, is nothing that a cursor depends on.
    const bind = JSON.stringify(found);
    const fields = query.fields && [...query.fields].sort();
    const load = async () => {
      const page = await this.loadPage(filter, bind, query.limit, query.cursor);
      return fields ? onlyOfEach(page, fields) : page;
    };
    if (status !== 'active') return CachedBody.of(await load(), 'no-store');
    return this.cache.wrap(
      `products ${query.limit} ${query.cursor ?? ''} ${bind} ${include.join()} ${locales.join()} ${fields?.join() ?? ''}`,
      async () => ({
        body: CachedBody.of(await load()),
        tags: [tags.lists],
      }),
    );
  }

  /** What can be chosen among the products that a list with these filters has. */
  async facets(query: FacetsQuery, caller: Caller, accepted?: string): Promise<CachedBody> {
    const status = this.statusFor(query, caller);
    const filter = this.filterOf({ ...query, limit: 20 }, status, caller, accepted);
    const load = async () => {
      const body = await this.loadFacets(await this.resolved(filter));
      return CachedBody.of(body, status === 'active' ? 'no-cache' : 'no-store');
    };
    if (status !== 'active') return load();
    return this.cache.wrap(`facets ${JSON.stringify(filter)}`, async () => ({
      body: await load(),
      tags: [tags.lists],
    }));
  }

  /** @throws {PermissionDenied} for what this caller does not see. */
  private statusFor({ status }: Pick<ListProductsQuery, 'status'>, caller: Caller): ListFilter['status'] {
    if (status !== undefined && status !== 'active' && !seesAll(caller)) throw new PermissionDenied('products:read');
    return status ?? (seesAll(caller) ? undefined : 'active');
  }

  private filterOf(
    query: ListProductsQuery,
    status: ListFilter['status'],
    caller: Caller,
    accepted?: string,
  ): ListFilter {
    const { q, category, collection, minPrice, maxPrice, inStock, sort, brand, type, tag } = query;
    const priced =
      query.currency !== undefined ||
      minPrice !== undefined ||
      maxPrice !== undefined ||
      sort === 'price' ||
      sort === '-price';
    return {
      q: q?.trim().replace(/\s+/g, ' '),
      category,
      ...(collection !== undefined && { collection, unpublished: seesAll(caller) }),
      status,
      minPrice,
      maxPrice,
      inStock,
      currency: query.currency ?? this.settings.currency,
      priced,
      option: sorted(query.option),
      ...{ brand, type, tag, attribute: sorted(query.attribute) },
      include: included(CARD_INCLUDES, query),
      ...this.languagesOf(query, accepted),
      pictures: this.addresses.sql,
      // Without words to fit there is no relevance.
      sort: sort === 'relevance' && q === undefined ? undefined : sort,
    };
  }

  /** In which locales to answer, and in which languages to read what was typed, if anything was. */
  private languagesOf(
    { q, locale: asked }: Pick<ListProductsQuery, 'q' | 'locale'>,
    accepted?: string,
  ): Pick<ListFilter, 'locales' | 'languages'> {
    const locale = this.locales.choose(asked, accepted);
    const read = q === undefined ? [] : [this.locales.base, locale];
    const languages = [...new Set(read.map((one) => one.split('-')[0] as string))];
    return { locales: this.locales.chainOf(locale), languages };
  }

  private async loadPage(filter: ListFilter, bind: string, limit: number, cursor?: string): Promise<string> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, bind);
    const resolved = await this.resolved(filter);
    const find = async (spelling: Spelling) => {
      const { sql, params } = listQuery(await this.worded(resolved, spelling), { limit, after, spelling });
      return (await this.run<CardRow>(filter, sql, params)).slice(0, limit + 1);
    };
    let rows = await find('typed');
    if (rows.length === 0 && filter.q !== undefined) rows = await find('likely');
    const { data, nextCursor } = paginate({ rows, limit, bind, cursorOf: ({ key, id }) => [key, id] });
    return `{"data":[${data.map(({ card }) => card).join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}`;
  }

  private async loadFacets(filter: ListFilter): Promise<string> {
    const count = async (spelling: Spelling) => {
      const { sql, params } = facetsQuery(await this.worded(filter, spelling), spelling);
      const [row] = await this.run<{ body: string; found: boolean }>(filter, sql, params);
      return row ?? { body: '', found: true };
    };
    const { body, found } = await count('typed');
    return found || filter.q === undefined ? body : (await count('likely')).body;
  }

  /** With ids of what is named in it: a plan needs to know them. Nothing is in a collection or category that there is not. */
  private async resolved(filter: ListFilter): Promise<ListFilter> {
    const { category, collection, unpublished } = filter;
    if (category === undefined && collection === undefined) return filter;
    const named = { ...filter };
    if (category !== undefined) {
      const below = await this.database.query<{ id: string }>(branches(`a.${isUuid(category) ? 'id' : 'slug'} = $1`), [
        category,
      ]);
      named.categoryIds = below.map(({ id }) => id);
    }
    if (collection !== undefined) {
      const sql = COLLECTION(isUuid(collection), !unpublished);
      const [found] = await this.database.query<{ id: string }>(sql, [collection]);
      named.collection = found?.id ?? NO_COLLECTION;
    }
    return named;
  }

  /** With its words, where the statement is planned for them: how many products have them decides where to begin. */
  private async worded(filter: ListFilter, spelling: Spelling): Promise<ListFilter> {
    if (filter.q === undefined || !isPlanned(filter)) return filter;
    const [words] = await this.database.query<Words>(WORDS(filter, spelling), [filter.q]);
    return { ...filter, ...(words && { words }) };
  }

  private run<T>(filter: ListFilter, sql: string, params: unknown[]): Promise<T[]> {
    return isPlanned(filter) ? this.database.planned<T>(sql, params) : this.database.query<T>(sql, params);
  }
}

const sorted = (map: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));

function onlyOfEach(json: string, fields: string[]): object {
  const { data, nextCursor } = JSON.parse(json) as { data: Record<string, unknown>[]; nextCursor: string | null };
  return { data: data.map((card) => picked(card, fields)), nextCursor };
}
