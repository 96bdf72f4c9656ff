import { Column, Entity, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { newId, Stale, ValidationFailed } from '../../platform/index.js';
import { LastVariant, ProductIsArchived, SkuTaken } from '../catalog.errors.js';
import { differing, given } from './given.js';
import { misfits, type OptionValues, optionsFrom, type ProductOption, sameValues, titleOf } from './product-options.js';
import { slugOf } from './slug.js';
import { Variant, type VariantDraft } from './variant.entity.js';

export const STATUSES = ['draft', 'active', 'archived'] as const;
export type ProductStatus = (typeof STATUSES)[number];
export type Attributes = Record<string, string | number | boolean>;
export interface Medium {
  url: string;
  alt: string | null;
}

/** What a merchant may set on a product. */
export interface ProductFields {
  name: string;
  slug: string;
  /** What another system calls it. */
  externalId: string | null;
  description: string | null;
  status: ProductStatus;
  categoryId: string | null;
  attributes: Attributes;
  options: ProductOption[];
  tags: string[];
  media: Medium[];
  thumbnail: string | null;
}

export type ProductDraft = Partial<ProductFields> & { name: string; variants: VariantDraft[] };

export const MAX_VARIANTS = 100;

/** What is shown and sold under one name. Its version guards its variants and their prices too. */
@Entity({ schema: 'catalog', name: 'products' })
export class Product implements ProductFields {
  @PrimaryColumn('uuid') id: string;
  @Column('text') slug: string;
  @Column('text', { nullable: true }) externalId: string | null;
  @Column('text') name: string;
  @Column('text', { nullable: true }) description: string | null;
  @Column('text') status: ProductStatus;
  @Column('uuid', { nullable: true }) categoryId: string | null;
  @Column('jsonb') attributes: Attributes;
  @Column('jsonb') options: ProductOption[];
  @Column('text', { array: true }) tags: string[];
  @Column('jsonb') media: Medium[];
  @Column('text', { nullable: true }) thumbnail: string | null;
  @Column('integer') version: number;
  @Column({ type: 'timestamptz', precision: 3 }) createdAt: Date;
  @Column({ type: 'timestamptz', precision: 3 }) updatedAt: Date;
  @OneToMany(
    () => Variant,
    (variant) => variant.product,
  )
  variants: Relation<Variant>[];

  static create({ variants, ...fields }: ProductDraft): Product {
    const now = new Date();
    const product = Object.assign(new Product(), {
      id: newId(),
      externalId: null,
      description: null,
      status: 'draft',
      categoryId: null,
      attributes: {},
      tags: [],
      media: [],
      ...given(fields),
      slug: fields.slug ?? slugOf(fields.name),
      options:
        fields.options ??
        optionsFrom(
          [],
          variants.map(({ optionValues = {} }) => optionValues),
        ),
      thumbnail: fields.thumbnail ?? fields.media?.[0]?.url ?? null,
      version: 1,
      createdAt: now,
      updatedAt: now,
      variants: [],
    });
    if (product.slug === '') {
      throw refusal('/slug', 'required', 'is needed, because the name has no Latin letter or digit to make one from.');
    }
    variants.forEach((draft, index) => {
      product.place(draft, `/variants/${index}`);
    });
    return product;
  }

  /** @throws {Stale} when `version` is not what the caller has seen. */
  expect(version: number): this {
    if (this.version !== version) throw new Stale(this.version);
    return this;
  }

  /** True when something differs afterwards; the version then moves. */
  change(changes: Partial<ProductFields>): boolean {
    if (this.status === 'archived' && (changes.status ?? 'archived') === 'archived')
      throw new ProductIsArchived(this.id);
    const differences = differing<ProductFields>(this, changes);
    if (Object.keys(differences).length === 0) return false;
    Object.assign(this, differences);
    if (changes.options) this.checkOptions();
    this.touch();
    return true;
  }

  /** True when it was still on sale or a draft. */
  archive(): boolean {
    if (this.status === 'archived') return false;
    this.status = 'archived';
    this.touch();
    return true;
  }

  addVariant(draft: VariantDraft): Variant {
    this.requireOpen();
    const variant = this.place(draft, '');
    this.touch();
    return variant;
  }

  changeVariant(id: string, changes: Partial<VariantDraft>): { variant: Variant; changed: boolean } {
    this.requireOpen();
    const variant = this.variant(id);
    const differences = differing<VariantDraft>(variant, changes);
    if (Object.keys(differences).length === 0) return { variant, changed: false };
    const untitled = variant.title === titleOf(this.options, variant.optionValues);
    Object.assign(variant, differences, { updatedAt: new Date() });
    this.checkValues(variant.optionValues, '/optionValues', variant);
    if (untitled && changes.title === undefined) variant.title = titleOf(this.options, variant.optionValues);
    this.touch();
    return { variant, changed: true };
  }

  removeVariant(id: string): Variant {
    this.requireOpen();
    const variant = this.variant(id);
    if (this.variants.length === 1) throw new LastVariant(variant.sku);
    variant.archivedAt = new Date();
    this.touch();
    return variant;
  }

  touch(): void {
    this.version += 1;
    this.updatedAt = new Date();
  }

  requireOpen(): void {
    if (this.status === 'archived') throw new ProductIsArchived(this.id);
  }

  private variant(id: string): Variant {
    const variant = this.variants.find((candidate) => candidate.id === id);
    if (!variant) throw new Error(`Product ${this.id} was loaded without its variant ${id}.`);
    return variant;
  }

  private place(draft: VariantDraft, pointer: string): Variant {
    if (this.variants.length >= MAX_VARIANTS) {
      throw refusal(pointer || '/', 'too_many', `a product has at most ${MAX_VARIANTS} variants.`);
    }
    const values = draft.optionValues ?? {};
    if (this.variants.some(({ sku }) => sku === draft.sku)) throw new SkuTaken(draft.sku);
    this.checkValues(values, `${pointer}/optionValues`);
    const position = 1 + Math.max(-1, ...this.variants.map((variant) => variant.position));
    const variant = Variant.of(this.id, { ...draft, title: draft.title ?? titleOf(this.options, values) }, position);
    this.variants.push(variant);
    return variant;
  }

  private checkValues(values: OptionValues, pointer: string, own?: Variant): void {
    const errors = misfits(this.options, values, pointer);
    if (errors.length > 0) throw new ValidationFailed(errors);
    if (this.variants.some((other) => other !== own && sameValues(other.optionValues, values))) {
      throw refusal(pointer, 'duplicate', 'another variant of this product has the same values.');
    }
  }

  private checkOptions(): void {
    const errors = this.variants.flatMap(({ sku, optionValues }) =>
      misfits(this.options, optionValues, '/options').map((error) => ({
        ...error,
        message: `${sku}: ${error.message}`,
      })),
    );
    if (errors.length > 0) throw new ValidationFailed(errors.slice(0, 50));
  }
}

const refusal = (pointer: string, code: string, message: string) => new ValidationFailed([{ pointer, code, message }]);
