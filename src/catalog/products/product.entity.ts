import { Column, Entity, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { newId, Stale, ValidationFailed } from '../../platform/index.js';
import { LastVariant, ProductIsArchived, SkuTaken } from '../catalog.errors.js';
import { placed } from './further-categories.js';
import { differing, given, same } from './given.js';
import { misfits, type OptionValues, optionsFrom, type ProductOption, sameValues, titleOf } from './product-options.js';
import { relabelled, translationsAfter } from './relabel.js';
import { countCombinations, misnamed, type ReshapedOption, reshape } from './reshape.js';
import { checkSchedule, scheduleAfter, scheduleAt } from './schedule.js';
import { slugOf } from './slug.js';
import { TakenPlaces } from './taken-places.js';
import { withThumbnail } from './thumbnail.js';
import { Variant, type VariantDraft } from './variant.entity.js';

export const STATUSES = ['draft', 'active', 'archived'] as const;
export type ProductStatus = (typeof STATUSES)[number];
export type Attributes = Record<string, string | number | boolean>;
export interface Medium {
  url: string;
  alt: string | null;
}

/** What search engines show instead of name and description. */
export interface Seo {
  title?: string | null;
  description?: string | null;
}

/** What one locale says instead of the shop's own language. What is left out falls back to it. */
export interface Translation {
  name?: string;
  description?: string;
  seo?: Seo;
  /** By the name of the option: what it and its values are called. */
  options?: Record<string, { name?: string; values?: Record<string, string> }>;
  /** By code: texts and choices as they read there. */
  attributes?: Record<string, string>;
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
  /** Where it stands besides. */
  categoryIds: string[];
  typeId: string | null;
  brandId: string | null;
  attributes: Attributes;
  options: ProductOption[];
  tags: string[];
  media: Medium[];
  thumbnail: string | null;
  /** Whether somebody set `thumbnail`. Otherwise it is the first of `media`. */
  thumbnailChosen: boolean;
  seo: Seo;
  relatedIds: string[];
  /** When a draft becomes active. */
  publishAt: Date | null;
  /** When an active one becomes a draft. */
  unpublishAt: Date | null;
  translations: Record<string, Translation>;
}

export type ProductDraft = Partial<ProductFields> & { name: string; variants: VariantDraft[] };

export const MAX_VARIANTS = 2000;

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
  @Column('uuid', { array: true }) categoryIds: string[];
  @Column('uuid', { nullable: true }) typeId: string | null;
  @Column('uuid', { nullable: true }) brandId: string | null;
  @Column('jsonb') attributes: Attributes;
  @Column('jsonb') options: ProductOption[];
  @Column('text', { array: true }) tags: string[];
  @Column('jsonb') media: Medium[];
  @Column('text', { nullable: true }) thumbnail: string | null;
  @Column('boolean') thumbnailChosen: boolean;
  @Column('jsonb') seo: Seo;
  @Column('uuid', { array: true }) relatedIds: string[];
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) publishAt: Date | null;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) unpublishAt: Date | null;
  @Column('jsonb') translations: Record<string, Translation>;
  @Column('integer') version: number;
  @Column({ type: 'timestamptz', precision: 3 }) createdAt: Date;
  @Column({ type: 'timestamptz', precision: 3 }) updatedAt: Date;
  @OneToMany(
    () => Variant,
    (variant) => variant.product,
  )
  variants: Relation<Variant>[];
  /** What its variants have already, worked out once for many new ones. */
  #taken?: TakenPlaces;

  static create({ variants, ...fields }: ProductDraft): Product {
    const now = new Date();
    const product = Object.assign(new Product(), {
      id: newId(),
      externalId: null,
      description: null,
      status: 'draft',
      categoryId: null,
      categoryIds: [],
      typeId: null,
      brandId: null,
      attributes: {},
      tags: [],
      media: [],
      seo: {},
      relatedIds: [],
      publishAt: null,
      unpublishAt: null,
      translations: {},
      ...given(placed(withThumbnail(fields))),
      slug: fields.slug ?? slugOf(fields.name),
      options:
        fields.options ??
        optionsFrom(
          [],
          variants.map(({ optionValues = {} }) => optionValues),
        ),
      version: 1,
      createdAt: now,
      updatedAt: now,
      variants: [],
    });
    if (product.slug === '') {
      throw refusal('/slug', 'required', 'is needed, because the name has no Latin letter or digit to make one from.');
    }
    checkSchedule(product);
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

  /**
   * Whether it is to be held against its type for a change: one of what the type is about, or one that brings it on sale. A
   * type that has become another is no reason to refuse anything else, nor what the product has, sent again.
   */
  isHeldFor({ attributes, typeId, status = this.status, publishAt }: Partial<ProductFields>): boolean {
    if (Object.keys(differing<ProductFields>(this, { attributes, typeId })).length > 0) return true;
    if (publishAt && !same(publishAt, this.publishAt)) return true;
    return status !== this.status && (status === 'active' || this.status === 'archived');
  }

  /** True when something differs afterwards; the version then moves. Labels of what is gone go, unless translations come along. */
  change(changes: Partial<ProductFields>): boolean {
    const differences = differing<ProductFields>(this, placed(withThumbnail(changes, this), this));
    if (Object.keys(differences).length === 0) return false;
    if (!differences.status && !leaves(differences, this)) this.requireOpen();
    const before = { ...this };
    try {
      Object.assign(this, differences);
      if (changes.options) this.checkOptions();
      if (!changes.translations) this.translations = translationsAfter(before, differences);
      if (differences.status) Object.assign(this, scheduleAfter(this, changes));
      checkSchedule(this);
    } catch (thrown) {
      Object.assign(this, before);
      throw thrown;
    }
    this.touch();
    return true;
  }

  /** Whether it is to become active now. */
  isDue(now: Date): boolean {
    return this.status === 'draft' && scheduleAt(now, this).status === 'active';
  }

  /** It stays a draft, with nothing planned. */
  unschedule(): void {
    Object.assign(this, { publishAt: null, unpublishAt: null });
    this.touch();
  }

  /** What was planned for now. True when that is a change. */
  keepSchedule(now: Date): boolean {
    const next = scheduleAt(now, this);
    if (next.status === this.status && next.publishAt === this.publishAt) return false;
    Object.assign(this, next);
    this.touch();
    return true;
  }

  /** True when it was still on sale or a draft. */
  archive(): boolean {
    if (this.status === 'archived') return false;
    Object.assign(this, { status: 'archived', publishAt: null, unpublishAt: null });
    this.touch();
    return true;
  }

  /** One that is being made has variants also when it is archived. */
  addVariant(draft: VariantDraft, { toNew = false } = {}): Variant {
    if (!toNew) this.requireOpen();
    const variant = this.place(draft, '');
    this.touch();
    return variant;
  }

  changeVariant(id: string, changes: Partial<VariantDraft>): { variant: Variant; changed: boolean } {
    const variant = this.variant(id);
    const differences = differing<VariantDraft>(variant, changes);
    if (Object.keys(differences).length === 0) return { variant, changed: false };
    this.requireOpen();
    const untitled = variant.title === titleOf(this.options, variant.optionValues);
    const before = { ...variant };
    this.#taken = undefined;
    Object.assign(variant, differences, { updatedAt: new Date() });
    try {
      this.checkValues(variant.optionValues, '/optionValues', variant);
    } catch (thrown) {
      Object.assign(variant, before);
      this.#taken = undefined;
      throw thrown;
    }
    if (untitled && changes.title === undefined) variant.title = titleOf(this.options, variant.optionValues);
    this.touch();
    return { variant, changed: true };
  }

  removeVariant(id: string): Variant {
    this.requireOpen();
    const variant = this.variant(id);
    if (this.variants.length === 1) throw new LastVariant(variant.sku);
    variant.archivedAt = new Date();
    this.#taken = undefined;
    this.touch();
    return variant;
  }

  /**
   * Other options. Variants keep who they are: renamed values follow, in translations too, those whose values are gone are
   * archived, and combinations that nobody has yet are made, each with what `draftOf` says.
   */
  reshape(options: ReshapedOption[], draftOf?: (values: OptionValues, index: number) => VariantDraft): Reshaped {
    this.requireOpen();
    const count = draftOf ? countCombinations(options) : 0;
    if (count > MAX_VARIANTS) {
      const message = `would make ${count} variants; a product has at most ${MAX_VARIANTS}.`;
      throw refusal('/options', 'too_many', message);
    }
    const errors = misnamed(this.options, options);
    if (errors.length > 0) throw new ValidationFailed(errors.slice(0, 50));
    const { kept, dropped, missing } = reshape(this.options, options, this.variants);
    const added = draftOf ? missing() : [];
    if (kept.length + added.length === 0) throw refusal('/options', 'no_variants', 'would leave no variant.');
    const untitled = new Set(kept.filter(({ of }) => of.title === titleOf(this.options, of.optionValues)));
    this.translations = relabelled(this.translations, this.options, options);
    this.options = options.map(({ name, values }) => ({ name, values }));
    const now = new Date();
    for (const each of kept) {
      if (sameValues(each.of.optionValues, each.values)) continue;
      Object.assign(each.of, { optionValues: each.values, updatedAt: now });
      if (untitled.has(each)) each.of.title = titleOf(this.options, each.values);
    }
    for (const variant of dropped) variant.archivedAt = now;
    this.variants = kept.map(({ of }) => of);
    this.#taken = undefined;
    const made = added.map((values, index) => this.place(draftOf!(values, index), ''));
    this.touch();
    return { kept: kept.map(({ of }) => of), dropped, made };
  }

  /** Returns what puts it back as it is now, with the variants that it has; of these only the given ones may have changed. */
  remember(variants: Variant[]): () => void {
    const before = { ...this, variants: [...this.variants] };
    const theirs = variants.map((variant) => ({ variant, was: { ...variant } }));
    return () => {
      Object.assign(this, before);
      for (const { variant, was } of theirs) Object.assign(variant, was);
      this.#taken = undefined;
    };
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
    this.#taken ??= new TakenPlaces(this.variants);
    const taken = this.#taken;
    if (taken.hasSku(draft.sku)) throw new SkuTaken(draft.sku);
    this.checkValues(values, `${pointer}/optionValues`);
    const title = draft.title ?? titleOf(this.options, values);
    const variant = Variant.of(this.id, { ...draft, title }, taken.position);
    this.variants.push(variant);
    taken.add(variant);
    return variant;
  }

  private checkValues(values: OptionValues, pointer: string, own?: Variant): void {
    const errors = misfits(this.options, values, pointer);
    if (errors.length > 0) throw new ValidationFailed(errors);
    const taken = own
      ? this.variants.some((other) => other !== own && sameValues(other.optionValues, values))
      : this.#taken?.hasValues(values);
    if (taken) {
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

/** What became of a product's variants. */
export interface Reshaped {
  kept: Variant[];
  dropped: Variant[];
  made: Variant[];
}

const refusal = (pointer: string, code: string, message: string) => new ValidationFailed([{ pointer, code, message }]);

/** What is archived may still leave its brand and its categories: otherwise these could never go. */
function leaves(differences: Partial<ProductFields>, { categoryIds }: Product): boolean {
  const { brandId = null, categoryId = null, categoryIds: left = [], ...others } = differences;
  const isLess = left.every((id) => categoryIds.includes(id));
  return brandId === null && categoryId === null && isLess && Object.keys(others).length === 0;
}
