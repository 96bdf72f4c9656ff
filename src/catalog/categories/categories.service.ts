import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import {
  CachedBody,
  Database,
  isUuid,
  Locales,
  NotFoundProblem,
  ReadCache,
  refusing,
  Transactional,
  ValidationFailed,
} from '../../platform/index.js';
import { CategoryNotEmpty, SlugTaken } from '../catalog.errors.js';
import { tags } from '../catalog.tags.js';
import { SLUG } from '../products/slug.js';
import { ReindexJobs } from '../search/reindex.jobs.js';
import { demandLocale } from '../translations/demand-locale.js';
import { Branches } from './branches.js';
import type { CreateCategoryRequest } from './categories.dto.js';
import { Category, type CategoryFields, type CategoryTranslation } from './category.entity.js';
import { type CategoryRow, categoryTree, HEIGHT, MOVE_BELOW, treeOf } from './category-tree.js';

/**
 * While the category is locked no product takes it up. The foreign key alone would wait for products that somebody changes
 * who waits for the category.
 */
const DELETE_EMPTY = `
  DELETE FROM catalog.categories WHERE id = $1
    AND NOT EXISTS (SELECT FROM catalog.products WHERE category_id = $1)
    AND NOT EXISTS (SELECT FROM catalog.products WHERE category_ids @> ARRAY[$1::uuid] AND category_ids <> '{}')
  RETURNING id`;
const REFUSALS = { uq_categories_slug: (slug: string) => new SlugTaken(slug) };

/** Keeping the tree of categories. */
@Injectable()
export class CategoriesService {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
    private readonly locales: Locales,
    private readonly branches: Branches,
    private readonly reindex: ReindexJobs,
  ) {}

  /** The whole tree in one of the shop's languages, from the cache. */
  async tree(locale: string): Promise<CachedBody> {
    return this.cache.wrap(`categories ${locale}`, async () => {
      const rows = await this.database.query<CategoryRow>(categoryTree(this.locales.chainOf(locale)));
      return { body: CachedBody.of({ data: treeOf(rows), nextCursor: null }), tags: [tags.categories] };
    });
  }

  async read(idOrSlug: string): Promise<Category> {
    if (!isUuid(idOrSlug) && !SLUG.test(idOrSlug)) throw new NotFoundProblem('Category', idOrSlug);
    const where = isUuid(idOrSlug) ? { id: idOrSlug } : { slug: idOrSlug };
    const category = await this.database.manager.findOneBy(Category, where);
    if (!category) throw new NotFoundProblem('Category', idOrSlug);
    return category;
  }

  @Transactional()
  async create({ parentId, ...fields }: CreateCategoryRequest): Promise<Category> {
    const category = Category.create(fields, parentId ? this.parent(await this.hold(parentId), parentId) : null);
    await refusing(this.database.manager.insert(Category, category), REFUSALS);
    this.cache.drop(tags.categories);
    return category;
  }

  @Transactional()
  async change(id: string, version: number, changes: Partial<CategoryFields>): Promise<Category> {
    const { parentId } = changes;
    const held = await this.hold(id, ...(parentId ? [parentId] : []));
    const category = this.found(held, id).expect(version);
    if (parentId === undefined) return this.save(category, changes, await this.above(category));
    const parent = this.parent(held, parentId);
    return this.save(category, { ...changes, parentId: parent?.id ?? null }, parent);
  }

  /** What it is called in one language; undefined takes that away. */
  @Transactional()
  async translate(
    id: string,
    version: number,
    locale: string,
    translation: CategoryTranslation | undefined,
  ): Promise<Category> {
    if (translation) demandLocale(this.locales, locale, 'category');
    const category = this.found(await this.hold(id), id);
    if (!translation && !Object.hasOwn(category.translations, locale)) throw new NotFoundProblem('Translation', locale);
    const { [locale]: _, ...rest } = category.translations;
    const translations = translation ? { ...rest, [locale]: translation } : rest;
    return this.save(category.expect(version), { translations }, await this.above(category));
  }

  @Transactional()
  async delete(id: string, version: number): Promise<void> {
    const { slug } = this.found(await this.hold(id), id).expect(version);
    await this.database.query('SELECT FROM catalog.categories WHERE id = $1 FOR UPDATE', [id]);
    const deleted = await refusing(this.database.query(DELETE_EMPTY, [id]), {
      fk_categories_parent: () => new CategoryNotEmpty(slug, 'subcategories'),
    });
    if (deleted.length === 0)
      throw new CategoryNotEmpty(
        slug,
        `products, perhaps archived ones: \`GET /v1/products?category=${slug}\` lists them to staff. Take them out of it`,
      );
    this.cache.drop(tags.categories);
  }

  private async save(category: Category, changes: Partial<CategoryFields>, parent: Category | null): Promise<Category> {
    const { id, path } = category;
    const called = namesOf(category);
    const [below] = await this.database.query<{ height: number }>(HEIGHT, [path]);
    if (!category.change(changes, parent, below?.height ?? 1)) return category;
    await refusing(this.database.manager.update(Category, { id }, category), REFUSALS);
    if (category.path !== path) await this.database.query(MOVE_BELOW, [path, category.path]);
    // Products are found by what their category is called, in any language.
    if (namesOf(category) !== called) await this.reindex.begin({ categoryId: id });
    this.cache.drop(tags.categories, tags.lists, tags.category(id));
    return category;
  }

  /** Those of these categories that there are, as they stay until the end of the transaction. */
  private hold(...ids: string[]): Promise<Category[]> {
    return this.branches.hold(() => this.database.manager.findBy(Category, { id: In(ids) }));
  }

  private found(held: Category[], id: string): Category {
    const category = held.find((one) => one.id === id);
    if (!category) throw new NotFoundProblem('Category', id);
    return category;
  }

  private above({ parentId }: Category): Promise<Category | null> {
    return parentId === null ? Promise.resolve(null) : this.database.manager.findOneBy(Category, { id: parentId });
  }

  private parent(held: Category[], id: string | null): Category | null {
    if (id === null) return null;
    const parent = held.find((one) => one.id === id.toLowerCase());
    if (!parent) {
      throw new ValidationFailed([
        { pointer: '/parentId', code: 'unknown_category', message: 'there is no such category.' },
      ]);
    }
    return parent;
  }
}

/** What it is called in each language. */
const namesOf = ({ name, translations }: Category): string =>
  JSON.stringify([name, Object.entries(translations).map(([locale, said]) => [locale, said.name])]);
