import { Injectable } from '@nestjs/common';
import { In, type SelectQueryBuilder } from 'typeorm';
import { Database, Events, NotFoundProblem, refusing, Transactional, ValidationFailed } from '../../platform/index.js';
import { ExternalIdTaken, SkuTaken, SlugTaken } from '../catalog.errors.js';
import { ProductArchived, ProductChanged, ProductCreated } from '../catalog.events.js';
import { UploadedPictures } from '../media/uploaded-pictures.service.js';
import { ProductTypesService } from '../product-types/product-types.service.js';
import { unknownCategory } from './further-categories.js';
import { insertProducts, type NewProduct } from './insert-products.js';
import { offerOf } from './offers.js';
import { Product, type ProductDraft } from './product.entity.js';
import { fieldsOf } from './product-fields.js';
import { ProductReads } from './product-reads.js';
import type { ProductResponse } from './product-responses.dto.js';
import type { ChangeProductRequest, CreateProductRequest } from './products.dto.js';
import { Shelf } from './shelf.js';

const unknown = (pointer: string, code: string, what: string) => () =>
  new ValidationFailed([{ pointer, code, message: `there is no such ${what}.` }]);

export const unknownType = unknown('/typeId', 'unknown_type', 'product type');
export const unknownRelated = (index: number) => unknown(`/relatedIds/${index}`, 'unknown_product', 'other product')();

/** Names the constraints that a write may meet. */
export const PRODUCT_REFUSALS = {
  uq_products_slug: (slug: string) => new SlugTaken(slug),
  uq_products_external_id: (externalId: string) => new ExternalIdTaken(externalId),
  uq_variants_sku: (sku: string) => new SkuTaken(sku),
  fk_products_category: unknown('/categoryId', 'unknown_category', 'category'),
  fk_products_categories: unknown('/categoryIds', 'unknown_category', 'category'),
  fk_products_type: unknownType,
  fk_products_brand: unknown('/brandId', 'unknown_brand', 'brand'),
};

const LOCK_BY_SLUGS = 'SELECT FROM catalog.products WHERE slug = ANY ($1::text[]) ORDER BY id FOR UPDATE';

/** Keeping products: adding, changing, taking off the shelves. */
@Injectable()
export class ProductsService {
  constructor(
    private readonly database: Database,
    private readonly shelf: Shelf,
    private readonly events: Events,
    private readonly reads: ProductReads,
    private readonly types: ProductTypesService,
    private readonly pictures: UploadedPictures,
  ) {}

  @Transactional()
  async create(request: CreateProductRequest): Promise<ProductResponse> {
    const { variants, ...fields } = request;
    const product = Product.create({ ...fieldsOf(fields), variants } as ProductDraft);
    await this.pictures.demandElsewhere(fields.media);
    await this.checkType(product);
    await this.check(product);
    await this.insert([{ product, offers: variants.map((variant, index) => offerOf(variant, `/variants/${index}`)) }]);
    return this.reads.current(product.id);
  }

  /** Puts new products on the shelves: the same few statements, however many. */
  @Transactional()
  async insert(items: NewProduct[]): Promise<void> {
    await refusing(
      insertProducts((sql, params) => this.database.query(sql, params), items),
      PRODUCT_REFUSALS,
    );
    this.events.publish(...items.map(({ product: { id, slug } }) => new ProductCreated(id, slug)));
    this.shelf.dropLists();
  }

  @Transactional()
  async change(id: string, version: number, request: ChangeProductRequest): Promise<ProductResponse> {
    const product = (await this.lock(id)).expect(version);
    const changes = fieldsOf(request, product);
    const isHeld = product.isHeldFor(changes);
    if (product.change(changes)) {
      await this.pictures.demandElsewhere(request.media);
      if (isHeld) await this.checkType(product);
      await this.check(product);
      await this.saveChanged(product);
    }
    return this.reads.current(id);
  }

  @Transactional()
  async archive(id: string, version: number): Promise<void> {
    const product = (await this.lock(id)).expect(version);
    if (!product.archive()) return;
    await this.save(product);
    this.events.publish(new ProductArchived(product.id));
  }

  /** The product with its variants, locked until the transaction ends. */
  lock(id: string): Promise<Product> {
    return this.locked('product.id = :id', id, 'Product');
  }

  /**
   * The same for changes that no version guards. The lock comes first, in a statement of its own: one that waits for it
   * would see the product as it is now, but its variants as they were before the wait.
   */
  async lockWhole(id: string): Promise<Product> {
    await this.database.query('SELECT FROM catalog.products WHERE id = $1 FOR UPDATE', [id]);
    return this.lock(id);
  }

  /** The product of a variant, locked likewise. */
  lockOf(variantId: string): Promise<Product> {
    const owner = 'SELECT product_id FROM catalog.variants WHERE id = :id AND archived_at IS NULL';
    return this.locked(`product.id = (${owner})`, variantId, 'Variant');
  }

  /** Those of these products that there are, with their variants, locked in id order: first, as in `lockWhole`. */
  async lockBySlugs(slugs: string[]): Promise<Product[]> {
    await this.database.query(LOCK_BY_SLUGS, [slugs]);
    return this.lockedQuery()
      .where('product.slug IN (:...slugs)', { slugs })
      .orderBy('product.id')
      .addOrderBy('variant.position')
      .getMany();
  }

  /** Those of these products that there are, with their variants, locked in id order. */
  async lockWholeByIds(ids: string[]): Promise<Product[]> {
    if (ids.length === 0) return [];
    return this.lockedQuery()
      .where('product.id IN (:...ids)', { ids })
      .orderBy('product.id')
      .addOrderBy('variant.position')
      .getMany();
  }

  /** Those of these products that there are, without variants, locked in id order. */
  lockByIds(ids: string[]): Promise<Product[]> {
    return this.database.manager.find(Product, {
      where: { id: In(ids) },
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
  }

  async saveChanged(product: Product): Promise<void> {
    await this.save(product);
    this.events.publish(new ProductChanged(product.id, product.version));
  }

  /** Many products that changed: three statements. */
  async saveAllChanged(products: Product[]): Promise<void> {
    if (products.length === 0) return;
    const rows = products.map(({ variants: _, ...columns }) => columns);
    await refusing(this.database.manager.upsert(Product, rows, ['id']), PRODUCT_REFUSALS);
    await this.shelf.refresh(products.map(({ id }) => id));
    this.events.publish(...products.map(({ id, version }) => new ProductChanged(id, version)));
  }

  /** @throws {ValidationFailed} when it is not what its type asks for. */
  private async checkType(product: Product): Promise<void> {
    const type = (await this.types.of([product])).get(product.typeId ?? '');
    type?.check(product);
  }

  /** @throws {ValidationFailed} when it names categories or products that there are not. */
  private async check(product: Product): Promise<void> {
    await this.checkCategories(product.categoryIds);
    if (product.relatedIds.length === 0) return;
    const known = await this.database.query<{ id: string }>(
      'SELECT id FROM catalog.products WHERE id = ANY ($1::uuid[]) AND id <> $2',
      [product.relatedIds, product.id],
    );
    const ids = new Set(known.map(({ id }) => id));
    const stray = product.relatedIds.findIndex((id) => !ids.has(id));
    if (stray >= 0) throw unknownRelated(stray);
  }

  /** Only for the pointer: the database refuses those that there are not, also when they have just gone. */
  private async checkCategories(ids: string[]): Promise<void> {
    if (ids.length === 0) return;
    const [known] = await this.database.query<{ ids: string[] }>(
      'SELECT ARRAY(SELECT id::text FROM catalog.categories WHERE id = ANY ($1::uuid[])) AS ids',
      [ids],
    );
    const stray = ids.findIndex((id) => !known?.ids.includes(id));
    if (stray >= 0) throw unknownCategory(stray);
  }

  /** Writes the product's own columns and brings what is derived from them up to date. */
  private async save({ variants: _, ...columns }: Product): Promise<void> {
    await refusing(this.database.manager.update(Product, { id: columns.id }, columns), PRODUCT_REFUSALS);
    await this.shelf.refresh([columns.id]);
  }

  private async locked(where: string, id: string, what: string): Promise<Product> {
    const product = await this.lockedQuery().where(where, { id }).orderBy('variant.position').getOne();
    if (!product) throw new NotFoundProblem(what, id);
    return product;
  }

  private lockedQuery(): SelectQueryBuilder<Product> {
    return this.database.manager
      .createQueryBuilder(Product, 'product')
      .leftJoinAndSelect('product.variants', 'variant', 'variant.archivedAt IS NULL')
      .setLock('pessimistic_write', undefined, ['product']);
  }
}
