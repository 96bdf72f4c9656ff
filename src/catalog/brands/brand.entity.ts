import { Column, Entity, PrimaryColumn } from 'typeorm';
import { newId, Stale, ValidationFailed } from '../../platform/index.js';
import { differing, given } from '../products/given.js';
import { slugOf } from '../products/slug.js';

export interface BrandFields {
  name: string;
  slug: string;
  description: string | null;
}

/** Who makes a product. */
@Entity({ schema: 'catalog', name: 'brands' })
export class Brand implements BrandFields {
  @PrimaryColumn('uuid') id: string;
  @Column('text') slug: string;
  @Column('text') name: string;
  @Column('text', { nullable: true }) description: string | null;
  @Column('integer') version: number;
  @Column({ type: 'timestamptz', precision: 3 }) createdAt: Date;
  @Column({ type: 'timestamptz', precision: 3 }) updatedAt: Date;

  static create(fields: Partial<BrandFields> & { name: string }): Brand {
    const now = new Date();
    const brand = Object.assign(new Brand(), {
      description: null,
      ...given(fields),
      id: newId(),
      slug: fields.slug ?? slugOf(fields.name),
      version: 1,
      createdAt: now,
      updatedAt: now,
    });
    if (brand.slug === '') {
      const message = 'is needed, because the name has no Latin letter or digit to make one from.';
      throw new ValidationFailed([{ pointer: '/slug', code: 'required', message }]);
    }
    return brand;
  }

  /** @throws {Stale} when `version` is not what the caller has seen. */
  expect(version: number): this {
    if (this.version !== version) throw new Stale(this.version);
    return this;
  }

  /** True when something differs afterwards. */
  change(changes: Partial<BrandFields>): boolean {
    const differences = differing<BrandFields>(this, changes);
    if (Object.keys(differences).length === 0) return false;
    Object.assign(this, differences, { version: this.version + 1, updatedAt: new Date() });
    return true;
  }
}
