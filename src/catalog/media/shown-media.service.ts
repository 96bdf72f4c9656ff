import { Injectable } from '@nestjs/common';
import { Database, Events } from '../../platform/index.js';
import { MediaChanged } from '../catalog.events.js';
import { Shelf } from '../products/shelf.js';

const PICTURE = `
  UPDATE catalog.products p SET picture = f.picture
  FROM (SELECT (
    SELECT id || '/' || thumbnail FROM catalog.media
    WHERE product_id = $1 AND status = 'ready' ORDER BY position LIMIT 1) AS picture) f
  WHERE p.id = $1 AND p.picture IS DISTINCT FROM f.picture`;

/** What everyone sees of uploaded pictures, kept in step by whoever changes them, in the same transaction. */
@Injectable()
export class ShownMedia {
  constructor(
    private readonly database: Database,
    private readonly shelf: Shelf,
    private readonly events: Events,
  ) {}

  /** The product must be locked. */
  async changed(productId: string): Promise<void> {
    await this.database.query(PICTURE, [productId]);
    this.shelf.redecorated(productId);
    this.events.publish(new MediaChanged(productId));
  }
}
