import { Injectable } from '@nestjs/common';
import { CachedBody, Database, Every, Locales, ReadCache } from '../../platform/index.js';
import { tags } from '../catalog.tags.js';
import { MediaAddresses } from '../media/media-addresses.js';
import { suggestQuery } from './suggest.sql.js';

/** How many active products have each word; those that none has are suggested no more. */
const COUNT = `
  WITH counted AS MATERIALIZED (
    SELECT word COLLATE "C" AS word, count(*) AS products
    FROM catalog.products p, catalog.suggested_words(p.name, p.tags, p.translations) AS word
    WHERE p.status = 'active' GROUP BY 1
  ), gone AS (
    DELETE FROM catalog.suggestions s WHERE NOT EXISTS (SELECT FROM counted c WHERE c.word = s.word)
  )
  INSERT INTO catalog.suggestions AS s (word, products) SELECT word, products FROM counted ORDER BY word
  ON CONFLICT (word) DO UPDATE SET products = excluded.products WHERE s.products <> excluded.products`;

const NOTHING = CachedBody.of({ data: [], nextCursor: null });

/** What may be meant by what somebody types. */
@Injectable()
export class Suggestions {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
    private readonly addresses: MediaAddresses,
    private readonly locales: Locales,
  ) {}

  /** In the locale that is asked for, else in one that is accepted. */
  async of(q: string, asked?: string, accepted?: string): Promise<CachedBody> {
    const typed = q.trim().replace(/\s+/g, ' ').toLowerCase();
    if (typed === '') return NOTHING;
    const locales = this.locales.chainOf(this.locales.choose(asked, accepted));
    return this.cache.wrap(`suggest ${locales} ${typed}`, async () => {
      const at = typed.lastIndexOf(' ') + 1;
      const words = [typed.slice(0, at), typed.slice(at), typed];
      const [row] = await this.database.query<{ body: string }>(suggestQuery(locales), [
        ...words,
        this.addresses.prefix,
      ]);
      return { body: CachedBody.of(row?.body ?? ''), tags: [tags.lists, tags.categories] };
    });
  }

  @Every('23 3 * * *', 'catalog.count-suggestions')
  async count(): Promise<void> {
    await this.database.query(COUNT);
  }
}
