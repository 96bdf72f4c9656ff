import { Injectable } from '@nestjs/common';
import { Database, Every, Job, ReadCache } from '../../platform/index.js';
import { tags } from '../catalog.tags.js';
import { NOT_BEGUN } from './collection.entity.js';
import { FILL_COLLECTIONS } from './collections.service.js';
import { setMembers } from './membership.sql.js';
import type { Rule } from './rule.js';

/** Products that are held against rules in one transaction. */
const BATCH = 500;

interface Ruled {
  id: string;
  rule: Rule;
}

const TAKE = `
  DELETE FROM catalog.collection_rechecks WHERE id = ANY (ARRAY(
    SELECT id FROM catalog.collection_rechecks ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))
  RETURNING product_id AS "productId"`;
const SOME = 'SELECT FROM catalog.collections LIMIT 1';
/** Before they are named as members one collection after the other: whoever changes many products locks them in this order. */
const HOLD_PRODUCTS = 'SELECT id FROM catalog.products WHERE id = ANY ($1::uuid[]) ORDER BY id FOR KEY SHARE';
const LOCK_ALL = 'SELECT id, rule FROM catalog.collections ORDER BY id FOR NO KEY UPDATE';
const BEGIN_AGAIN = `UPDATE catalog.collections SET walked_to = '${NOT_BEGUN}'`;
const WITH_CATEGORIES = `${BEGIN_AGAIN} WHERE rule @> '{"conditions": [{"by": "category"}]}'`;
const WITH_AGES = `${BEGIN_AGAIN} WHERE rule @> '{"conditions": [{"by": "age"}]}'`;

const NEXT = `
  SELECT id, walked_to AS "walkedTo" FROM catalog.collections WHERE walked_to IS NOT NULL ORDER BY id LIMIT 1`;
const PRODUCTS = `SELECT id FROM catalog.products WHERE id > $1 ORDER BY id LIMIT ${BATCH}`;
const LOCK = 'SELECT id, rule FROM catalog.collections WHERE id = $1 AND walked_to = $2 FOR NO KEY UPDATE';
const WALKED = 'UPDATE catalog.collections SET walked_to = $2 WHERE id = $1';

/**
 * Keeps the products of collections as their rules say. Whoever sets members holds the collection: the second of two sees
 * what the first has seen, or later. What is left to do stands in the database, so that it goes on when a process dies.
 */
@Injectable()
export class CollectionsJobs {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
  ) {}

  /** Products that have changed, in all collections; then collections whose rule has changed, with all products. */
  @Every('* * * * *', 'catalog.follow-collections')
  async follow(): Promise<void> {
    for (let more = true; more; ) more = await this.database.transaction(() => this.recheckSome());
    for (let more = true; more; ) more = await this.database.transaction(() => this.fillSome());
  }

  @Job(FILL_COLLECTIONS)
  async fill(_: object): Promise<void> {
    await this.follow();
  }

  /** Products grow older without being changed. */
  @Every('10 0 * * *', 'catalog.age-collections')
  async age(): Promise<void> {
    await this.database.query(WITH_AGES);
    await this.follow();
  }

  /** A batch of products that have changed. False when there was none. */
  private async recheckSome(): Promise<boolean> {
    const [taken, [some]] = await this.database.together([
      () => this.database.query<{ productId: string | null }>(TAKE),
      () => this.database.query(SOME),
    ]);
    // Products that have changed before a collection is made are as they are when it is filled.
    if (taken.length === 0 || !some) return taken.length > 0;
    const ids = [...new Set(taken.flatMap(({ productId }) => productId ?? []))].sort();
    await this.database.query(HOLD_PRODUCTS, [ids]);
    const collections = await this.database.query<Ruled>(LOCK_ALL);
    if (taken.some(({ productId }) => productId === null)) await this.database.query(WITH_CATEGORIES);
    await this.setMembers(collections, ids);
    return true;
  }

  /** The next products of the first collection that is being filled. False when there is none. */
  private async fillSome(): Promise<boolean> {
    const [next] = await this.database.query<{ id: string; walkedTo: string }>(NEXT);
    if (!next) return false;
    const [collection] = await this.database.query<Ruled>(LOCK, [next.id, next.walkedTo]);
    // Someone else was faster, or has changed the rule.
    if (!collection) return true;
    const products = await this.database.query<{ id: string }>(PRODUCTS, [next.walkedTo]);
    const ids = products.map(({ id }) => id);
    await this.setMembers([collection], ids);
    const last = ids.length < BATCH ? undefined : ids.at(-1);
    await this.database.query(WALKED, [collection.id, last ?? null]);
    if (!last) this.cache.drop(tags.collections);
    return true;
  }

  /** The collections are locked. Rules differ, so that each has a statement; together they take one round trip. */
  private async setMembers(collections: Ruled[], ids: string[]): Promise<void> {
    if (ids.length === 0) return;
    const changed = await this.database.together(
      collections.map((collection) => () => {
        const { sql, params } = setMembers(collection, ids);
        return this.database.unprepared(sql, params);
      }),
    );
    if (changed.flat().length > 0) this.cache.drop(tags.lists, tags.collections);
  }
}
