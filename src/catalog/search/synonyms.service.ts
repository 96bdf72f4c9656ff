import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import {
  Database,
  decodeCursor,
  isId,
  Locales,
  NotFoundProblem,
  newId,
  type PageQuery,
  paginate,
  ReadCache,
  Stale,
  Transactional,
} from '../../platform/index.js';
import { tags } from '../catalog.tags.js';
import { ReindexJobs } from './reindex.jobs.js';
import type { SynonymsResponse } from './synonyms.dto.js';

const BIND = 'synonyms';
/** Which way of making search documents this is: what another has made is made anew. */
const EDITION = 2;
const REFRESH_SYNONYMS = 'SELECT catalog.refresh_synonyms($1::text[])';

/** What search takes for the same, and the languages it reads. */
@Injectable()
export class SynonymsService implements OnApplicationBootstrap {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
    private readonly locales: Locales,
    private readonly reindex: ReindexJobs,
  ) {}

  /** When the shop is written in another language than before, or read in another way, its products are read anew. */
  async onApplicationBootstrap(): Promise<void> {
    await this.database.transaction(async () => {
      const changed = await this.database.query(
        `UPDATE catalog.search_settings SET locale = $1, edition = $2, updated_at = now()
         WHERE locale <> $1 OR edition < $2 RETURNING 1`,
        [this.locales.base, EDITION],
      );
      // Also when another language has come beside it: synonyms are read in each.
      await this.database.query(REFRESH_SYNONYMS, [this.locales.all]);
      if (changed.length > 0) await this.reindex.begin();
    });
  }

  /** Newest first. */
  async list({ limit, cursor }: PageQuery): Promise<{ data: SynonymsResponse[]; nextCursor: string | null }> {
    const after = cursor === undefined ? null : decodeCursor(cursor, BIND, [isId])[0];
    const rows = await this.database.query<SynonymsResponse>(
      `SELECT id, words, version FROM catalog.synonyms WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2`,
      [after, limit + 1],
    );
    return paginate({ rows, limit, bind: BIND, cursorOf: ({ id }) => [id] });
  }

  async read(id: string): Promise<SynonymsResponse> {
    const [row] = await this.database.query<SynonymsResponse>(
      'SELECT id, words, version FROM catalog.synonyms WHERE id = $1',
      [id],
    );
    if (!row) throw new NotFoundProblem('Synonyms', id);
    return row;
  }

  @Transactional()
  async create(words: string[]): Promise<SynonymsResponse> {
    const [row] = await this.database.query<SynonymsResponse>(
      'INSERT INTO catalog.synonyms (id, words) VALUES ($1, $2) RETURNING id, words, version',
      [newId(), words],
    );
    await this.refresh();
    return row as SynonymsResponse;
  }

  @Transactional()
  async put(id: string, version: number, words: string[]): Promise<SynonymsResponse> {
    const [row] = await this.database.query<SynonymsResponse>(
      `UPDATE catalog.synonyms SET words = $3, version = version + 1, updated_at = now()
       WHERE id = $1 AND version = $2::bigint RETURNING id, words, version`,
      [id, version, words],
    );
    if (!row) throw new Stale((await this.read(id)).version);
    await this.refresh();
    return row;
  }

  @Transactional()
  async delete(id: string, version: number): Promise<void> {
    const gone = await this.database.query(
      'DELETE FROM catalog.synonyms WHERE id = $1 AND version = $2::bigint RETURNING 1',
      [id, version],
    );
    if (gone.length === 0) throw new Stale((await this.read(id)).version);
    await this.refresh();
  }

  private async refresh(): Promise<void> {
    await this.database.query(REFRESH_SYNONYMS, [this.locales.all]);
    this.cache.drop(tags.lists);
  }
}
