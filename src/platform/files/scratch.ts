import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { readSettings } from '../config/settings.js';
import { newId } from '../ids.js';
import { ProcessSettings } from '../process/process.settings.js';

/** Milliseconds after which nobody works in a folder any more: its process was killed. */
const ABANDONED_AFTER = 60 * 60_000;

/** Room on this machine for files that are being worked at. */
@Injectable()
export class Scratch {
  private readonly folder = join(readSettings(ProcessSettings).dataDir, 'scratch');

  /** An empty folder for `fn`; gone with all that is in it as soon as `fn` is through. */
  async use<T>(fn: (folder: string) => Promise<T>): Promise<T> {
    await this.sweep();
    const folder = join(this.folder, newId());
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      return await fn(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** What a process has left that could not clean up after itself. */
  private async sweep(): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    for (const name of names) {
      const path = join(this.folder, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
      if (mtimeMs < Date.now() - ABANDONED_AFTER) await rm(path, { recursive: true, force: true });
    }
  }
}
