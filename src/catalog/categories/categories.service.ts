import { Injectable } from '@nestjs/common';
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
import { REFRESH_PRODUCTS } from '../products/insert-products.js';
import { SLUG } from '../products/slug.js';
import { demandLocale } from '../translations/demand-locale.js';
import type { CreateCategoryRequest } from './categories.dto.js';
import { Category, type CategoryFields, type CategoryTranslation } from './category.entity.js';
import { type CategoryRow, categoryTree, HEIGHT, MOVE_BELOW, treeOf } from './category-tree.js';

/** One writer of the tree at a time: paths of whole branches change together. Readers do not wait. */
const LOCK_TREE = 'LOCK TABLE catalog.categories IN SHARE ROW EXCLUSIVE MODE';
const REFUSALS = { uq_categories_slug: (slug: string) => new SlugTaken(slug) };

/** Keeping the tree of categories. */
@Injectable()
export class CategoriesService {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
    private readonly locales: Locales,
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
    await this.database.query(LOCK_TREE);
    const category = Category.create(fields, await this.parent(parentId));
    await refusing(this.database.manager.insert(Category, category), REFUSALS);
    this.cache.drop(tags.categories);
    return category;
  }

  @Transactional()
  async change(id: string, version: number, changes: Partial<CategoryFields>): Promise<Category> {
    await this.database.query(LOCK_TREE);
    const category = (await this.read(id)).expect(version);
    const { path, name } = category;
    const parent = await this.parent(changes.parentId === undefined ? category.parentId : changes.parentId);
    const [below] = await this.database.query<{ height: number }>(HEIGHT, [path]);
    if (!category.change(changes, parent, below?.height ?? 1)) return category;
    await refusing(this.database.manager.update(Category, { id }, category), REFUSALS);
    if (category.path !== path) await this.database.query(MOVE_BELOW, [path, category.path]);
    if (category.name !== name) await this.refreshProducts(id);
    this.cache.drop(tags.categories, tags.lists, tags.category(id));
    return category;
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
    await this.database.query(LOCK_TREE);
    const { translations } = await this.read(id);
    if (!translation && !Object.hasOwn(translations, locale)) throw new NotFoundProblem('Translation', locale);
    const { [locale]: _, ...rest } = translations;
    return this.change(id, version, { translations: translation ? { ...rest, [locale]: translation } : rest });
  }

  @Transactional()
  async delete(id: string, version: number): Promise<void> {
    await this.database.query(LOCK_TREE);
    const { slug } = (await this.read(id)).expect(version);
    await refusing(this.database.manager.delete(Category, { id }), {
      fk_categories_parent: () => new CategoryNotEmpty(slug, 'subcategories'),
      fk_products_category: () => new CategoryNotEmpty(slug, 'products'),
    });
    this.cache.drop(tags.categories);
  }

  private async parent(id: string | null | undefined): Promise<Category | null> {
    if (id === null || id === undefined) return null;
    const parent = await this.database.manager.findOneBy(Category, { id });
    if (!parent) {
      throw new ValidationFailed([
        { pointer: '/parentId', code: 'unknown_category', message: 'there is no such category.' },
      ]);
    }
    return parent;
  }

  /** Products are found by the name of their category too. */
  private async refreshProducts(categoryId: string): Promise<void> {
    const products = await this.database.query<{ id: string }>(
      'SELECT id FROM catalog.products WHERE category_id = $1',
      [categoryId],
    );
    await this.database.query(REFRESH_PRODUCTS, [products.map(({ id }) => id)]);
  }
}
