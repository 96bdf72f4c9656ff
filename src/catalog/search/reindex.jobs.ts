import { Injectable } from '@nestjs/common';
import { Database, Job, Jobs, ReadCache } from '../../platform/index.js';
import { tags } from '../catalog.tags.js';
import { REFRESH_PRODUCTS } from '../products/insert-products.js';

const REINDEX = 'catalog.reindex';
/** Products that one job makes search documents of. */
const BATCH = 500;
/** Below every id. */
const NOTHING = '00000000-0000-0000-0000-000000000000';

/** Of which products: all, when none of it is said. */
interface Those {
  categoryId?: string;
  brandId?: string;
  typeId?: string;
}

const CONDITIONS = {
  brandId: 'brand_id = $3',
  typeId: 'type_id = $3',
  categoryId: '(category_id = $3 OR category_ids @> ARRAY[$3::uuid])',
};

/** Makes search documents anew when something has changed that many products are found by, a batch after the other. */
@Injectable()
export class ReindexJobs {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
    private readonly jobs: Jobs,
  ) {}

  /** In the open transaction: whoever reads a product anew afterwards finds what has changed. */
  begin(those: Those = {}): Promise<void> {
    return this.jobs.enqueue(REINDEX, { after: NOTHING, ...those });
  }

  @Job(REINDEX)
  async reindex({ after, ...those }: Those & { after: string }): Promise<void> {
    const [by] = Object.keys(those) as (keyof Those)[];
    const where = by ? ` AND ${CONDITIONS[by]}` : '';
    await this.database.transaction(async () => {
      const rows = await this.database.query<{ id: string }>(
        `SELECT id FROM catalog.products WHERE id > $1${where} ORDER BY id LIMIT $2 FOR NO KEY UPDATE`,
        [after, BATCH, ...(by ? [those[by]] : [])],
      );
      const last = rows.at(-1);
      if (!last) return;
      await this.database.query(REFRESH_PRODUCTS, [rows.map(({ id }) => id)]);
      await this.jobs.enqueue(REINDEX, { ...those, after: last.id });
      this.cache.drop(tags.lists);
    });
  }
}
