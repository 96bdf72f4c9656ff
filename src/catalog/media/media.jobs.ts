import { Injectable } from '@nestjs/common';
import { Database, Every, FileStore, Job } from '../../platform/index.js';
import { MAKE_SIZES, REMOVE_FILES } from './media.service.js';
import { folderOf, originalOf } from './media-row.js';
import { MediaSizes } from './media-sizes.service.js';

const DAY = 24 * 60 * 60_000;
/** Folders that are looked up together. */
const BATCH = 500;

@Injectable()
export class MediaJobs {
  constructor(
    private readonly database: Database,
    private readonly files: FileStore,
    private readonly sizes: MediaSizes,
  ) {}

  @Job(MAKE_SIZES)
  async make({ mediumId }: { mediumId: string }): Promise<void> {
    await this.sizes.make(mediumId);
  }

  @Job(REMOVE_FILES)
  async remove({ mediumId }: { mediumId: string }): Promise<void> {
    await this.files.removeFolder(originalOf(mediumId));
    await this.files.removeFolder(folderOf(mediumId));
  }

  @Every('* * * * *', 'catalog.resume-media')
  async resume(): Promise<void> {
    await this.sizes.resume();
  }

  /** Files that no row names, because a process was killed between the two: of uploads, and of what was deleted. */
  @Every('41 4 * * *', 'catalog.sweep-media')
  async sweep(): Promise<void> {
    await this.sweepFolders('media', originless('media'));
    await this.sweepFolders('originals', originless('originals'));
  }

  private async sweepFolders(parent: string, unnamed: string): Promise<void> {
    let batch: string[] = [];
    const flush = async () => {
      const rows = await this.database.query<{ id: string }>(unnamed, [batch]);
      for (const { id } of rows) await this.files.removeFolder(`${parent}/${id}`);
      batch = [];
    };
    for await (const id of this.files.folders(parent)) {
      if (isOld(id)) batch.push(id);
      if (batch.length === BATCH) await flush();
    }
    await flush();
  }
}

/** Originals are needed only until their sizes are made. */
const originless = (parent: 'media' | 'originals'): string => `
  SELECT f.id FROM unnest($1::uuid[]) AS f (id)
  WHERE NOT EXISTS (SELECT FROM catalog.media m WHERE m.id = f.id ${parent === 'originals' ? `AND m.status <> 'ready'` : ''})`;

/** Ids of version 7 begin with the time at which they were made. A younger one may be on its way still. */
const isOld = (id: string): boolean =>
  /^[\da-f]{8}-[\da-f]{4}-7/.test(id) && Number.parseInt(id.slice(0, 13).replace('-', ''), 16) < Date.now() - DAY;
