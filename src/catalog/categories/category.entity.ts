import { Column, Entity, PrimaryColumn } from 'typeorm';
import { newId, Stale, ValidationFailed } from '../../platform/index.js';
import { differing, given } from '../products/given.js';
import { slugOf } from '../products/slug.js';

export const MAX_DEPTH = 6;

export interface CategoryFields {
  name: string;
  slug: string;
  description: string | null;
  parentId: string | null;
  position: number;
  /** By locale: its name and description there. */
  translations: Record<string, CategoryTranslation>;
}

/** What one locale says instead of the shop's own language. */
export interface CategoryTranslation {
  name?: string;
  description?: string;
}

/** A place in the tree that products stand in. */
@Entity({ schema: 'catalog', name: 'categories' })
export class Category implements CategoryFields {
  @PrimaryColumn('uuid') id: string;
  @Column('uuid', { nullable: true }) parentId: string | null;
  @Column('text') slug: string;
  @Column('text') name: string;
  @Column('text', { nullable: true }) description: string | null;
  @Column('integer') position: number;
  /** The slugs from the root down to this one, joined by "/". */
  @Column('text') path: string;
  @Column('jsonb') translations: Record<string, CategoryTranslation>;
  @Column('integer') version: number;
  @Column({ type: 'timestamptz', precision: 3 }) createdAt: Date;
  @Column({ type: 'timestamptz', precision: 3 }) updatedAt: Date;

  static create(fields: Partial<CategoryFields> & { name: string }, parent: Category | null): Category {
    const now = new Date();
    const category = Object.assign(new Category(), {
      description: null,
      position: 0,
      translations: {},
      ...given(fields),
      id: newId(),
      slug: fields.slug ?? slugOf(fields.name),
      parentId: parent?.id ?? null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    });
    if (category.slug === '') {
      throw refusal('/slug', 'required', 'is needed, because the name has no Latin letter or digit to make one from.');
    }
    category.standBelow(parent, 1);
    return category;
  }

  /** @throws {Stale} when `version` is not what the caller has seen. */
  expect(version: number): this {
    if (this.version !== version) throw new Stale(this.version);
    return this;
  }

  /** True when something differs afterwards. `height` is how many levels it and what is below it take. */
  change(changes: Partial<CategoryFields>, parent: Category | null, height: number): boolean {
    const differences = differing<CategoryFields>(this, changes);
    if (Object.keys(differences).length === 0) return false;
    if (parent && (parent.id === this.id || parent.path.startsWith(`${this.path}/`))) {
      throw refusal('/parentId', 'own_descendant', 'a category cannot stand below itself.');
    }
    Object.assign(this, differences);
    this.standBelow(parent, height);
    this.version += 1;
    this.updatedAt = new Date();
    return true;
  }

  private standBelow(parent: Category | null, height: number): void {
    this.path = parent ? `${parent.path}/${this.slug}` : this.slug;
    const depth = this.path.split('/').length + height - 1;
    if (depth > MAX_DEPTH) throw refusal('/parentId', 'too_deep', `the tree has at most ${MAX_DEPTH} levels.`);
  }
}

const refusal = (pointer: string, code: string, message: string) => new ValidationFailed([{ pointer, code, message }]);
