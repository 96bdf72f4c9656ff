import { Injectable } from '@nestjs/common';
import {
  Database,
  decodeCursor,
  isId,
  NotFoundProblem,
  type PageQuery,
  paginate,
  ReadCache,
  refusing,
  Transactional,
} from '../../platform/index.js';
import { CodeTaken, ProductTypeInUse } from '../catalog.errors.js';
import { tags } from '../catalog.tags.js';
import type { Product } from '../products/product.entity.js';
import { ReindexJobs } from '../search/reindex.jobs.js';
import { ProductType, type ProductTypeFields } from './product-type.entity.js';

const REFUSALS = { uq_product_types_code: (code: string) => new CodeTaken(code) };
const BIND = 'product-types';
/**
 * While the type is locked no product takes it up. The foreign key alone would wait for products that somebody changes who
 * waits for the type.
 */
const DELETE_UNUSED = `
  DELETE FROM catalog.product_types WHERE id = $1 AND NOT EXISTS (SELECT FROM catalog.products WHERE type_id = $1)
  RETURNING id`;

/** Keeping types of products, and holding products against them. */
@Injectable()
export class ProductTypesService {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
    private readonly reindex: ReindexJobs,
  ) {}

  /** Newest first. */
  async list({ limit, cursor }: PageQuery): Promise<{ data: ProductType[]; nextCursor: string | null }> {
    const select = this.database.manager
      .createQueryBuilder(ProductType, 'type')
      .orderBy('type.id', 'DESC')
      .limit(limit + 1);
    if (cursor !== undefined) select.where('type.id < :after', { after: decodeCursor(cursor, BIND, [isId])[0] });
    return paginate({ rows: await select.getMany(), limit, bind: BIND, cursorOf: ({ id }) => [id] });
  }

  async read(id: string): Promise<ProductType> {
    const type = await this.database.manager.findOneBy(ProductType, { id });
    if (!type) throw new NotFoundProblem('Product type', id);
    return type;
  }

  async create(fields: ProductTypeFields): Promise<ProductType> {
    const type = ProductType.create(fields);
    await refusing(this.database.manager.insert(ProductType, type), REFUSALS);
    return type;
  }

  @Transactional()
  async change(id: string, version: number, changes: Partial<ProductTypeFields>): Promise<ProductType> {
    const type = (await this.lock(id)).expect(version);
    const searchable = searchableOf(type);
    if (!type.change(changes)) return type;
    await refusing(this.database.manager.update(ProductType, { id }, type), REFUSALS);
    if (searchableOf(type) !== searchable) await this.reindex.begin({ typeId: id });
    this.cache.drop(tags.type(id), tags.lists);
    return type;
  }

  @Transactional()
  async delete(id: string, version: number): Promise<void> {
    const { code } = (await this.lock(id)).expect(version);
    const [deleted] = await this.database.query(DELETE_UNUSED, [id]);
    if (!deleted) throw new ProductTypeInUse(code);
  }

  /** The types of these products, which stay as they are until the transaction ends. No statement when there are none. */
  async of(products: Pick<Product, 'typeId'>[]): Promise<Map<string, ProductType>> {
    const ids = [...new Set(products.flatMap(({ typeId }) => typeId ?? []))];
    if (ids.length === 0) return new Map();
    const types = await this.database.manager
      .createQueryBuilder(ProductType, 'type')
      .where('type.id IN (:...ids)', { ids })
      .orderBy('type.id')
      .setLock('for_key_share')
      .getMany();
    return new Map(types.map((type) => [type.id, type]));
  }

  private async lock(id: string): Promise<ProductType> {
    const lock = { mode: 'pessimistic_write' } as const;
    const type = await this.database.manager.findOne(ProductType, { where: { id }, lock });
    if (!type) throw new NotFoundProblem('Product type', id);
    return type;
  }
}

/** What products of the type are found by. */
const searchableOf = ({ attributes }: ProductType): string =>
  attributes
    .flatMap(({ code, searchable }) => (searchable ? code : []))
    .sort()
    .join();
