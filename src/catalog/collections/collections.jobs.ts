import { Injectable } from '@nestjs/common';
import { Database, Every, Job, ReadCache, Transactional } from '../../platform/index.js';
import { tags } from '../catalog.tags.js';
import { NOT_BEGUN } from './collection.entity.js';
import { FILL_COLLECTIONS } from './collections.service.js';
import { setMembers } from './membership.sql.js';
import type { Rule } from './rule.js';

/** Products that are held against rules in one transaction. */
const BATCH = 500;

interface Held {
  id: string;
  rule: Rule;
  walkedTo: string | null;
}

const NOTES = `SELECT id, product_id AS "productId" FROM catalog.collection_rechecks ORDER BY id LIMIT ${BATCH}`;
const DONE = 'DELETE FROM catalog.collection_rechecks WHERE id = ANY ($1::bigint[])';
const COLLECTIONS = 'SELECT id FROM catalog.collections ORDER BY id';

/** Collections with a condition of this kind are filled again. */
const FILL_AGAIN = `
  UPDATE catalog.collections SET walked_to = '${NOT_BEGUN}' WHERE id IN (
    SELECT id FROM catalog.collections WHERE rule -> 'conditions' @> jsonb_build_array(jsonb_build_object('by', $1::text))
    ORDER BY id FOR NO KEY UPDATE)`;

const NEXT = 'SELECT id FROM catalog.collections WHERE walked_to IS NOT NULL ORDER BY id LIMIT 1';
const PRODUCTS = `SELECT id FROM catalog.products WHERE id > $1 ORDER BY id LIMIT ${BATCH}`;
const LOCK = 'SELECT id, rule, walked_to AS "walkedTo" FROM catalog.collections WHERE id = $1 FOR NO KEY UPDATE';
const WALKED = 'UPDATE catalog.collections SET walked_to = $2 WHERE id = $1';

/**
 * Keeps the products of collections as their rules say. Whoever sets members holds the collection: the second of two sees
 * what the first has seen, or later. What is left to do stands in the database until it is done, so that it is done again
 * when a process dies.
 */
@Injectable()
export class CollectionsJobs {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
  ) {}

  /** Products that have changed, in all collections, and collections whose rule has changed, with all products: by turns. */
  @Every('* * * * *', 'catalog.follow-collections')
  async follow(): Promise<void> {
    for (let more = true; more; ) {
      const rechecked = await this.recheckSome();
      more = (await this.fillSome()) || rechecked;
    }
  }

  @Job(FILL_COLLECTIONS)
  async fill(_: object): Promise<void> {
    await this.follow();
  }

  /** Products grow older without being changed. */
  @Every('10 0 * * *', 'catalog.age-collections')
  async age(): Promise<void> {
    await this.database.query(FILL_AGAIN, ['age']);
    await this.follow();
  }

  /** Products of which it was noted that they have changed. False when there were none. */
  private async recheckSome(): Promise<boolean> {
    const notes = await this.database.query<{ id: string; productId: string | null }>(NOTES);
    if (notes.length === 0) return false;
    // Without a product, the note is about the tree of categories.
    if (notes.some(({ productId }) => productId === null)) await this.database.query(FILL_AGAIN, ['category']);
    const ids = [...new Set(notes.flatMap(({ productId }) => productId ?? []))];
    for (const { id } of await this.database.query<{ id: string }>(COLLECTIONS)) await this.recheck(id, ids);
    await this.database.query(DONE, [notes.map(({ id }) => id)]);
    return true;
  }

  @Transactional()
  private async recheck(collectionId: string, productIds: string[]): Promise<void> {
    const [collection] = await this.database.query<Held>(LOCK, [collectionId]);
    if (collection) await this.setMembers(collection, productIds);
  }

  /** Products of a collection that is being filled. False when there is none. */
  @Transactional()
  private async fillSome(): Promise<boolean> {
    const [next] = await this.database.query<{ id: string }>(NEXT);
    if (!next) return false;
    // Another one may have gone on with it meanwhile, or have changed its rule.
    const [collection] = await this.database.query<Held>(LOCK, [next.id]);
    if (!collection?.walkedTo) return true;
    const products = await this.database.query<{ id: string }>(PRODUCTS, [collection.walkedTo]);
    const ids = products.map(({ id }) => id);
    await this.setMembers(collection, ids);
    const last = ids.length < BATCH ? null : ids.at(-1);
    await this.database.query(WALKED, [collection.id, last]);
    if (last === null) this.cache.drop(tags.collections);
    return true;
  }

  private async setMembers(collection: Held, productIds: string[]): Promise<void> {
    if (productIds.length === 0) return;
    const { sql, params } = setMembers(collection, productIds);
    // Rules differ: prepared, each would be kept for ever.
    const changed = await this.database.unprepared(sql, params);
    if (changed.length > 0) this.cache.drop(tags.lists, tags.collections);
  }
}
