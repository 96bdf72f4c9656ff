import { Injectable } from '@nestjs/common';
import { AuditLog, SYSTEM } from '../../auth/index.js';
import { Database, Every, type FieldError } from '../../platform/index.js';
import { ProductTypesService } from '../product-types/product-types.service.js';
import type { Product } from './product.entity.js';
import { ProductsService } from './products.service.js';

/** Those whose time has come, the longest due first. */
const DUE = `
  SELECT id FROM catalog.products WHERE publish_at <= now()
  UNION SELECT id FROM catalog.products WHERE unpublish_at <= now() AND status = 'active'
  ORDER BY id LIMIT 200`;

/** Publishes products, and takes them down, at the times that were set. What may not be active stays a draft, on record. */
@Injectable()
export class PublishingJobs {
  constructor(
    private readonly database: Database,
    private readonly products: ProductsService,
    private readonly types: ProductTypesService,
    private readonly audit: AuditLog,
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
    const unfit = await this.unfit(products.filter((product) => product.isDue(now)));
    for (const [product, errors] of unfit) await this.leave(product, errors);
    const changed = products.filter((product) => unfit.has(product) || product.keepSchedule(now));
    await this.products.saveAllChanged(changed);
    return changed.length > 0;
  }

  /** Those that may not become active as they are. */
  private async unfit(due: Product[]): Promise<Map<Product, FieldError[]>> {
    const types = await this.types.of(due);
    const held = due.map((product) => {
      const { attributes, publishAt, typeId } = product;
      const errors = types.get(typeId ?? '')?.errorsOf({ attributes, publishAt, status: 'active' }) ?? [];
      return [product, errors] as const;
    });
    return new Map(held.filter(([, errors]) => errors.length > 0));
  }

  /** Nothing stays planned: it would be tried every minute, in the way of others. */
  private async leave(product: Product, errors: FieldError[]): Promise<void> {
    const { id, publishAt, unpublishAt } = product;
    product.unschedule();
    await this.audit.record('product.not_published', {
      by: SYSTEM,
      on: { type: 'product', id },
      before: { publishAt, unpublishAt },
      after: { status: 'draft', errors: errors.slice(0, 50).map(({ pointer, code }) => ({ pointer, code })) },
    });
  }
}
