import { Injectable } from '@nestjs/common';
import {
  CachedBody,
  type Caller,
  Database,
  isUuid,
  Jobs,
  Locales,
  NotFoundProblem,
  ReadCache,
  refusing,
  Transactional,
  ValidationFailed,
} from '../../platform/index.js';
import { SlugTaken, TooManyCollections } from '../catalog.errors.js';
import { tags } from '../catalog.tags.js';
import type { CategoryTranslation } from '../categories/category.entity.js';
import { translated } from '../products/card.sql.js';
import { same } from '../products/given.js';
import { SLUG } from '../products/slug.js';
import { seesAll } from '../sees-all.js';
import { demandLocale } from '../translations/demand-locale.js';
import { Collection, type CollectionFields } from './collection.entity.js';
import type { CollectionItem } from './collections.dto.js';
import { type ById, isById, pointerTo, type Rule } from './rule.js';

/** Asks for new rules to be held against the products. */
export const FILL_COLLECTIONS = 'catalog.fill-collections';
/** Each product that changes is held against the rules of all. */
const MOST = 200;
const REFUSALS = { uq_collections_slug: (slug: string) => new SlugTaken(slug) };

/** In the first of these locales that has a text. */
const LIST = (locales: string[], all: boolean): string => `
  SELECT id, slug, ${translated('c', 'name', locales)} AS name, ${translated('c', 'description', locales)} AS description,
    position, published, product_count AS "productCount", walked_to IS NOT NULL AS filling, version
  FROM catalog.collections c ${all ? '' : 'WHERE published'}
  ORDER BY position, c.name COLLATE "und-x-icu", id`;

const UNKNOWN = `
  SELECT w.by, w.id FROM jsonb_to_recordset($1::jsonb) AS w (by text, id uuid)
  WHERE NOT EXISTS (SELECT FROM catalog.brands WHERE w.by = 'brand' AND id = w.id)
    AND NOT EXISTS (SELECT FROM catalog.categories WHERE w.by = 'category' AND id = w.id)
    AND NOT EXISTS (SELECT FROM catalog.product_types WHERE w.by = 'type' AND id = w.id)`;

/** Those who add a collection count one after the other. Nobody else waits. */
const IN_TURN = 'LOCK TABLE catalog.collections IN SHARE UPDATE EXCLUSIVE MODE';

/** Keeping collections and their rules. */
@Injectable()
export class CollectionsService {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
    private readonly jobs: Jobs,
    private readonly locales: Locales,
  ) {}

  /** All of them in one of the shop's languages; what shoppers see from the cache. */
  async list(locale: string, caller: Caller): Promise<CachedBody> {
    const all = seesAll(caller);
    const load = async () => {
      const data = await this.database.query<CollectionItem>(LIST(this.locales.chainOf(locale), all));
      return CachedBody.of({ data, nextCursor: null }, all ? 'no-store' : undefined);
    };
    if (all) return load();
    return this.cache.wrap(`collections ${locale}`, async () => ({ body: await load(), tags: [tags.collections] }));
  }

  async read(idOrSlug: string, caller: Caller): Promise<Collection> {
    if (!isUuid(idOrSlug) && !SLUG.test(idOrSlug)) throw new NotFoundProblem('Collection', idOrSlug);
    const where = isUuid(idOrSlug) ? { id: idOrSlug } : { slug: idOrSlug };
    const collection = await this.database.manager.findOneBy(Collection, where);
    if (!collection?.published && !(collection && seesAll(caller))) throw new NotFoundProblem('Collection', idOrSlug);
    return collection;
  }

  @Transactional()
  async create(fields: Partial<CollectionFields> & Pick<CollectionFields, 'name' | 'rule'>): Promise<Collection> {
    const collection = Collection.create(fields);
    await this.demandKnown(collection.rule);
    await this.database.query(IN_TURN);
    if ((await this.database.manager.count(Collection)) >= MOST) throw new TooManyCollections(MOST);
    await refusing(this.database.manager.insert(Collection, collection), REFUSALS);
    await this.jobs.enqueue(FILL_COLLECTIONS);
    this.cache.drop(tags.collections, tags.lists);
    return collection;
  }

  change(id: string, version: number, changes: Partial<CollectionFields>): Promise<Collection> {
    return this.alter(id, version, () => changes);
  }

  /** What it is called in one language; undefined takes that away. */
  async translate(
    id: string,
    version: number,
    locale: string,
    translation: CategoryTranslation | undefined,
  ): Promise<Collection> {
    if (translation) demandLocale(this.locales, locale, 'collection');
    return this.alter(id, version, ({ translations: { [locale]: present, ...others } }) => {
      if (!translation && !present) throw new NotFoundProblem('Translation', locale);
      return { translations: translation ? { ...others, [locale]: translation } : others };
    });
  }

  @Transactional()
  async delete(id: string, version: number): Promise<void> {
    (await this.lock(id)).expect(version);
    await this.database.manager.delete(Collection, { id });
    this.cache.drop(tags.collections, tags.lists);
  }

  @Transactional()
  private async alter(
    id: string,
    version: number,
    changesOf: (collection: Collection) => Partial<CollectionFields>,
  ): Promise<Collection> {
    const collection = (await this.lock(id)).expect(version);
    const { rule } = collection;
    if (!collection.change(changesOf(collection))) return collection;
    const ruled = !same(rule, collection.rule);
    if (ruled) await this.demandKnown(collection.rule);
    await refusing(this.database.manager.update(Collection, { id }, collection), REFUSALS);
    if (ruled) await this.jobs.enqueue(FILL_COLLECTIONS);
    this.cache.drop(tags.collections, tags.lists);
    return collection;
  }

  /** The job that fills it takes turns with whoever changes it. */
  private async lock(id: string): Promise<Collection> {
    const lock = { mode: 'pessimistic_write' } as const;
    const collection = await this.database.manager.findOne(Collection, { where: { id }, lock });
    if (!collection) throw new NotFoundProblem('Collection', id);
    return collection;
  }

  /** @throws {ValidationFailed} when the rule names a brand, category or type that there is not. */
  private async demandKnown({ conditions }: Rule): Promise<void> {
    const named = conditions.flatMap(({ by, values = [] }, index) =>
      isById(by) ? values.map((id, place) => ({ by, id, pointer: pointerTo(index, `values/${place}`) })) : [],
    );
    if (named.length === 0) return;
    const unknown = await this.database.query<{ by: ById; id: string }>(UNKNOWN, [JSON.stringify(named)]);
    const strays = named.filter((one) => unknown.some(({ by, id }) => by === one.by && id === one.id.toLowerCase()));
    const errors = strays.map(({ by, pointer }) => ({
      ...{ pointer, code: `unknown_${by}`, message: `there is no such ${by === 'type' ? 'product type' : by}.` },
    }));
    if (errors.length > 0) throw new ValidationFailed(errors.slice(0, 50));
  }
}
