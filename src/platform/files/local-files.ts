import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Disk } from 'flydrive';
import { FileStore, QUIET_FOR } from './file-store.js';

/** Files in a folder of this machine. */
export class LocalFiles extends FileStore {
  readonly folder: string;
  private opened: Promise<Disk> | undefined;

  constructor(dataDir: string) {
    super(QUIET_FOR);
    this.folder = resolve(join(dataDir, 'files'));
  }

  protected disk(): Promise<Disk> {
    this.opened ??= open(this.folder);
    return this.opened;
  }
}

async function open(folder: string): Promise<Disk> {
  const [{ Disk }, { FSDriver }] = await Promise.all([import('flydrive'), import('flydrive/drivers/fs')]);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return new Disk(new FSDriver({ location: folder, visibility: 'private' }));
}
