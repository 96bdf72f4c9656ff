import { Column, Entity, PrimaryColumn } from 'typeorm';
import { newId, Stale, ValidationFailed } from '../../platform/index.js';
import type { CategoryTranslation } from '../categories/category.entity.js';
import { differing, given, same } from '../products/given.js';
import { slugOf } from '../products/slug.js';
import { type Rule, ruleErrors } from './rule.js';

/** Below every product's id: nothing has been held against the rule yet. */
export const NOT_BEGUN = '00000000-0000-0000-0000-000000000000';

export interface CollectionFields {
  name: string;
  slug: string;
  description: string | null;
  position: number;
  published: boolean;
  rule: Rule;
  /** By locale: its name and description there. */
  translations: Record<string, CategoryTranslation>;
}

/** Products that a rule picks. Which ones those are, jobs keep in mind. */
@Entity({ schema: 'catalog', name: 'collections' })
export class Collection implements CollectionFields {
  @PrimaryColumn('uuid') id: string;
  @Column('text') slug: string;
  @Column('text') name: string;
  @Column('text', { nullable: true }) description: string | null;
  @Column('integer') position: number;
  @Column('boolean') published: boolean;
  @Column('jsonb') translations: Record<string, CategoryTranslation>;
  @Column('jsonb') rule: Rule;
  /** The last product that was held against the rule; null once all were. */
  @Column('uuid', { nullable: true }) walkedTo: string | null;
  /** Kept by jobs, like `walkedTo`: no change of the collection itself. */
  @Column('integer') productCount: number;
  @Column('integer') version: number;
  @Column({ type: 'timestamptz', precision: 3 }) createdAt: Date;
  @Column({ type: 'timestamptz', precision: 3 }) updatedAt: Date;

  static create(fields: Partial<CollectionFields> & Pick<CollectionFields, 'name' | 'rule'>): Collection {
    const now = new Date();
    const collection = Object.assign(new Collection(), {
      description: null,
      position: 0,
      published: true,
      translations: {},
      ...given(fields),
      id: newId(),
      slug: fields.slug ?? slugOf(fields.name),
      walkedTo: NOT_BEGUN,
      productCount: 0,
      version: 1,
      createdAt: now,
      updatedAt: now,
    });
    if (collection.slug === '') {
      const message = 'is needed, because the name has no Latin letter or digit to make one from.';
      throw new ValidationFailed([{ pointer: '/slug', code: 'required', message }]);
    }
    collection.demandRule();
    return collection;
  }

  /** @throws {Stale} when `version` is not what the caller has seen. */
  expect(version: number): this {
    if (this.version !== version) throw new Stale(this.version);
    return this;
  }

  /** True when something differs afterwards. With another rule all products are held against it anew. */
  change(changes: Partial<CollectionFields>): boolean {
    const differences = differing<CollectionFields>(this, changes);
    if (Object.keys(differences).length === 0) return false;
    const { rule } = this;
    Object.assign(this, differences, { version: this.version + 1, updatedAt: new Date() });
    this.demandRule();
    if (!same(rule, this.rule)) this.walkedTo = NOT_BEGUN;
    return true;
  }

  private demandRule(): void {
    const errors = ruleErrors(this.rule);
    if (errors.length > 0) throw new ValidationFailed(errors.slice(0, 50));
  }
}
