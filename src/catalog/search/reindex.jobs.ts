import { Injectable } from '@nestjs/common';
import { Database, Job, Jobs, ReadCache } from '../../platform/index.js';
import { tags } from '../catalog.tags.js';
import { REFRESH_PRODUCTS } from '../products/insert-products.js';

const REINDEX = 'catalog.reindex';
/** Products that one job makes search documents of. */
const BATCH = 500;
/** Below every id. */
const NOTHING = '00000000-0000-0000-0000-000000000000';

/** Of which products: all, when neither is said. */
interface Those {
  brandId?: string;
  typeId?: string;
}

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
    const of = those.brandId ?? those.typeId;
    const where = those.brandId ? ' AND brand_id = $3' : those.typeId ? ' AND type_id = $3' : '';
    await this.database.transaction(async () => {
      const rows = await this.database.query<{ id: string }>(
        `SELECT id FROM catalog.products WHERE id > $1${where} ORDER BY id LIMIT $2 FOR NO KEY UPDATE`,
        [after, BATCH, ...(of === undefined ? [] : [of])],
      );
      const last = rows.at(-1);
      if (!last) return;
      await this.database.query(REFRESH_PRODUCTS, [rows.map(({ id }) => id)]);
      await this.jobs.enqueue(REINDEX, { ...those, after: last.id });
      this.cache.drop(tags.lists);
    });
  }
}
