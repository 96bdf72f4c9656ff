import { Injectable } from '@nestjs/common';
import { Database, ReadCache } from '../../platform/index.js';
import { tags } from '../catalog.tags.js';
import { REFRESH_PRODUCTS } from './insert-products.js';

/** What shoppers find: kept in step with products by whoever changes them, in the same transaction. */
@Injectable()
export class Shelf {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
  ) {}

  /** Search documents and card prices of these products are made anew, and cached answers dropped. */
  async refresh(productIds: string[]): Promise<void> {
    if (productIds.length === 0) return;
    await this.database.query(REFRESH_PRODUCTS, [productIds]);
    this.cache.drop(tags.lists, ...productIds.map(tags.product));
  }

  /** Only what the products cost is made anew. */
  async reprice(productIds: string[]): Promise<void> {
    if (productIds.length === 0) return;
    await this.database.query('SELECT catalog.refresh_card_prices($1::uuid[])', [productIds]);
    this.cache.drop(tags.lists, ...productIds.map(tags.product));
  }

  /** What is shown of it has changed, and nothing that it is found by. */
  redecorated(productId: string): void {
    this.cache.drop(tags.lists, tags.product(productId));
  }

  dropLists(): void {
    this.cache.drop(tags.lists);
  }

  /** Availability changed: the details always, lists only when something ran out or came back. */
  restocked(productIds: string[], flipped: boolean): void {
    this.cache.drop(...new Set(productIds.map(tags.product)), ...(flipped ? [tags.lists] : []));
  }
}
