import { Injectable } from '@nestjs/common';
import { Database, Every } from '../../platform/index.js';
import { ProductsService } from './products.service.js';

/** Those whose time has come, the longest due first. */
const DUE = `
  SELECT id FROM catalog.products WHERE publish_at <= now()
  UNION SELECT id FROM catalog.products WHERE unpublish_at <= now() AND status = 'active'
  ORDER BY id LIMIT 200`;

/** Publishes products, and takes them down, at the times that were set. */
@Injectable()
export class PublishingJobs {
  constructor(
    private readonly database: Database,
    private readonly products: ProductsService,
  ) {}

  @Every('* * * * *', 'catalog.keep-schedules')
  async keepSchedules(): Promise<void> {
    for (let more = true; more; ) more = await this.database.transaction(() => this.keepSome());
  }

  /** A batch in one transaction. True when there was one. */
  private async keepSome(): Promise<boolean> {
    const due = await this.database.query<{ id: string }>(DUE);
    if (due.length === 0) return false;
    const products = await this.products.lockByIds(due.map(({ id }) => id));
    // Who was faster may have moved the time.
    const now = new Date();
    const changed = products.filter((product) => product.keepSchedule(now));
    await this.products.saveAllChanged(changed);
    return changed.length > 0;
  }
}
