import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Injectable, Logger } from '@nestjs/common';
import {
  Database,
  FileStore,
  faultPoint,
  Jobs,
  NotAvailable,
  Readiness,
  Scratch,
  Transactional,
} from '../../platform/index.js';
import { MAKE_SIZES } from './media.service.js';
import { FOR_EVER, folderOf, type MediumRow, originalOf, ROW } from './media-row.js';
import { type MadeSizes, makeSizes } from './pictures.js';
import { ShownMedia } from './shown-media.service.js';

/** Begun so often, a picture is given up: it may be what kills the process. */
const MOST_ATTEMPTS = 3;
const BEGIN = `
  UPDATE catalog.media SET attempts = attempts + 1, lease_until = now() + interval '5 minutes'
  WHERE id = $1 AND status = 'processing' AND attempts < ${MOST_ATTEMPTS} AND lease_until <= now()
  RETURNING ${ROW}, lease_until AS "leaseUntil"`;

// No two who begin have the same lease. Who has lost it has nothing to let go.
const LET_GO = `
  UPDATE catalog.media SET lease_until = now(), attempts = attempts - $2
  WHERE id = $1 AND status = 'processing' AND lease_until = $3`;

// Who comes late has made the same files: also of one that was given up meanwhile.
const FINISH = `
  UPDATE catalog.media SET status = 'ready', error = NULL, file = $2, thumbnail = $3, sources = $4, updated_at = now()
  WHERE id = $1 AND status <> 'ready' RETURNING id`;

const GIVE_UP = `
  UPDATE catalog.media SET status = 'failed', error = 'Its sizes could not be made. The log of Galley says why.', updated_at = now()
  WHERE id IN (
    SELECT id FROM catalog.media WHERE status = 'processing' AND attempts >= ${MOST_ATTEMPTS} AND lease_until < now()
    ORDER BY id FOR UPDATE SKIP LOCKED)
  RETURNING id`;

// Nobody has begun it for a minute, or whoever did was killed.
const ABANDONED = `
  UPDATE catalog.media SET lease_until = now() WHERE id IN (
    SELECT id FROM catalog.media
    WHERE status = 'processing' AND attempts < ${MOST_ATTEMPTS} AND lease_until < now() - interval '1 minute'
    ORDER BY lease_until LIMIT 100 FOR UPDATE SKIP LOCKED)
  RETURNING id`;

interface Begun extends MediumRow {
  leaseUntil: Date;
}

/**
 * Makes the sizes of pictures. Killed at any moment, it is begun again: the same files under the same names, and the row
 * that names them comes last.
 */
@Injectable()
export class MediaSizes {
  private readonly logger = new Logger('Media');

  constructor(
    private readonly database: Database,
    private readonly files: FileStore,
    private readonly scratch: Scratch,
    private readonly jobs: Jobs,
    private readonly shown: ShownMedia,
    private readonly readiness: Readiness,
  ) {}

  async make(id: string): Promise<void> {
    // A process that stops leaves it for another.
    if (this.readiness.stopping) return;
    const [row] = await this.database.query<Begun>(BEGIN, [id]);
    if (!row) return;
    try {
      await this.scratch.use((folder) => this.makeIn(folder, row));
    } catch (error) {
      // While the file store is away nothing is wrong with the picture: it is begun again in a minute, as often as need be.
      const away = error instanceof NotAvailable;
      await this.database.query(LET_GO, [id, away ? 1 : 0, row.leaseUntil]);
      if (!away) throw error;
    }
  }

  /** Those that nobody works at, because a process was killed: begun again, or given up. */
  async resume(): Promise<void> {
    const lost = await this.database.query<{ id: string }>(GIVE_UP);
    for (const { id } of lost) this.logger.error({ mediumId: id }, 'The sizes of a picture were given up.');
    for (const { id } of await this.database.query<{ id: string }>(ABANDONED)) {
      await this.jobs.enqueue(MAKE_SIZES, { mediumId: id });
    }
  }

  private async makeIn(folder: string, row: MediumRow): Promise<void> {
    const original = await this.files.find(`${originalOf(row.id)}/file`);
    if (!original) throw new Error(`The file of medium ${row.id} is not in the file store.`);
    const path = join(folder, 'original');
    await pipeline(await original.read(), createWriteStream(path));
    const made = await makeSizes(path, row.hash, row, folder);
    faultPoint('media.made');
    for (const { file, type } of made.sources) {
      const options = { contentType: type, cacheControl: FOR_EVER };
      await this.files.put(`${folderOf(row.id)}/${file}`, join(folder, file), options);
    }
    faultPoint('media.stored');
    const kept = await this.finish(row, made);
    faultPoint('media.finished');
    // Else somebody was faster, and shows the same files; or the picture was deleted in the meantime.
    const gone = !kept && (await this.isGone(row.id));
    if (kept || gone) await this.files.removeFolder(originalOf(row.id));
    if (gone) await this.files.removeFolder(folderOf(row.id));
  }

  private async isGone(id: string): Promise<boolean> {
    return (await this.database.query('SELECT FROM catalog.media WHERE id = $1', [id])).length === 0;
  }

  @Transactional()
  protected async finish({ id, productId }: MediumRow, { sources, file, thumbnail }: MadeSizes): Promise<boolean> {
    await this.database.query('SELECT FROM catalog.products WHERE id = $1 FOR UPDATE', [productId]);
    const [ready] = await this.database.query(FINISH, [id, file, thumbnail, JSON.stringify(sources)]);
    if (ready) await this.shown.changed(productId);
    return ready !== undefined;
  }
}
