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
import { BrandInUse, SlugTaken } from '../catalog.errors.js';
import { tags } from '../catalog.tags.js';
import { ReindexJobs } from '../search/reindex.jobs.js';
import { Brand, type BrandFields } from './brand.entity.js';

const REFUSALS = { uq_brands_slug: (slug: string) => new SlugTaken(slug) };
const BIND = 'brands';
/**
 * While the brand is locked no product takes it up. The foreign key alone would wait for products that somebody changes who
 * waits for the brand.
 */
const DELETE_UNUSED = `
  DELETE FROM catalog.brands WHERE id = $1 AND NOT EXISTS (SELECT FROM catalog.products WHERE brand_id = $1)
  RETURNING id`;

/** Keeping brands. */
@Injectable()
export class BrandsService {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
    private readonly reindex: ReindexJobs,
  ) {}

  /** Newest first. */
  async list({ limit, cursor }: PageQuery): Promise<{ data: Brand[]; nextCursor: string | null }> {
    const select = this.database.manager
      .createQueryBuilder(Brand, 'brand')
      .orderBy('brand.id', 'DESC')
      .limit(limit + 1);
    if (cursor !== undefined) select.where('brand.id < :after', { after: decodeCursor(cursor, BIND, [isId])[0] });
    return paginate({ rows: await select.getMany(), limit, bind: BIND, cursorOf: ({ id }) => [id] });
  }

  async read(id: string): Promise<Brand> {
    const brand = await this.database.manager.findOneBy(Brand, { id });
    if (!brand) throw new NotFoundProblem('Brand', id);
    return brand;
  }

  async create(fields: Partial<BrandFields> & { name: string }): Promise<Brand> {
    const brand = Brand.create(fields);
    await refusing(this.database.manager.insert(Brand, brand), REFUSALS);
    this.cache.drop(tags.lists);
    return brand;
  }

  @Transactional()
  async change(id: string, version: number, changes: Partial<BrandFields>): Promise<Brand> {
    const brand = (await this.lock(id)).expect(version);
    const { name } = brand;
    if (!brand.change(changes)) return brand;
    await refusing(this.database.manager.update(Brand, { id }, brand), REFUSALS);
    // Products are found by the name of their brand.
    if (brand.name !== name) await this.reindex.begin({ brandId: id });
    this.cache.drop(tags.brand(id), tags.lists);
    return brand;
  }

  @Transactional()
  async delete(id: string, version: number): Promise<void> {
    const { slug } = (await this.lock(id)).expect(version);
    const [deleted] = await this.database.query(DELETE_UNUSED, [id]);
    if (!deleted) throw new BrandInUse(slug);
    this.cache.drop(tags.lists);
  }

  private async lock(id: string): Promise<Brand> {
    const lock = { mode: 'pessimistic_write' } as const;
    const brand = await this.database.manager.findOne(Brand, { where: { id }, lock });
    if (!brand) throw new NotFoundProblem('Brand', id);
    return brand;
  }
}
