import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { newId } from '../../platform/index.js';
import { Product } from './product.entity.js';
import type { OptionValues } from './product-options.js';

/** Sizes and weight as shipping needs them. */
export interface Measures {
  weightGrams: number | null;
  widthMm: number | null;
  heightMm: number | null;
  depthMm: number | null;
}

export interface VariantDraft extends Partial<Measures> {
  sku: string;
  title?: string;
  optionValues?: OptionValues;
  image?: string | null;
}

/** One thing that can be bought: a product in one combination of its options. */
@Entity({ schema: 'catalog', name: 'variants' })
export class Variant implements Measures {
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') productId: string;
  @Column('text') sku: string;
  @Column('text') title: string;
  @Column('jsonb') optionValues: OptionValues;
  @Column('integer') position: number;
  @Column('text', { nullable: true }) image: string | null;
  @Column('integer', { nullable: true }) weightGrams: number | null;
  @Column('integer', { nullable: true }) widthMm: number | null;
  @Column('integer', { nullable: true }) heightMm: number | null;
  @Column('integer', { nullable: true }) depthMm: number | null;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) archivedAt: Date | null;
  @Column({ type: 'timestamptz', precision: 3 }) createdAt: Date;
  @Column({ type: 'timestamptz', precision: 3 }) updatedAt: Date;
  @ManyToOne(
    () => Product,
    (product) => product.variants,
  )
  @JoinColumn()
  product: Relation<Product>;

  static of(productId: string, draft: VariantDraft & { title: string }, position: number): Variant {
    const variant = new Variant();
    const now = new Date();
    return Object.assign(variant, {
      id: newId(),
      productId,
      sku: draft.sku,
      title: draft.title,
      optionValues: draft.optionValues ?? {},
      position,
      image: draft.image ?? null,
      weightGrams: draft.weightGrams ?? null,
      widthMm: draft.widthMm ?? null,
      heightMm: draft.heightMm ?? null,
      depthMm: draft.depthMm ?? null,
      archivedAt: null,
      createdAt: now,
      updatedAt: now,
    });
  }
}
