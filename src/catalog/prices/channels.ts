import { Injectable } from '@nestjs/common';
import { CachedBody, Database, ReadCache } from '../../platform/index.js';
import { tags } from '../catalog.tags.js';

const NAMED = 'SELECT DISTINCT channel FROM catalog.price_lists WHERE channel IS NOT NULL AND deleted_at IS NULL';

/** The channels that price lists name. They are kept: callers may send whatever name they like, and as often. */
@Injectable()
export class Channels {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
  ) {}

  /** The channel; null for one that no list names, which is the same as none. */
  async known(channel: string): Promise<string | null> {
    const { bytes } = await this.cache.wrap('channels', async () => {
      const rows = await this.database.query<{ channel: string }>(NAMED);
      return { body: CachedBody.of(rows.map((row) => row.channel)), tags: [tags.channels] };
    });
    return (JSON.parse(String(bytes)) as string[]).includes(channel) ? channel : null;
  }
}
