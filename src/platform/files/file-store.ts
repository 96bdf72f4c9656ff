import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import type { Disk } from 'flydrive';
import { NotAvailable } from '../errors/problems.js';

/** Milliseconds. */
export const QUIET_FOR = 15_000;

/** A file of the store. */
export interface StoredFile {
  bytes: number;
  /** What is in it. @throws {NotAvailable} as the stream does that ends too early. */
  read(): Promise<Readable>;
}

export interface PutOptions {
  contentType: string;
  /** What a CDN in front of a bucket should answer. */
  cacheControl?: string;
}

/**
 * Files that are too large for the database, by key: folders and a name, with slashes between. All processes see the
 * same ones. Call it outside of transactions: it is as far away as the outside world.
 */
export abstract class FileStore {
  private readonly logger = new Logger('Files');

  /** @param quietFor Milliseconds for which a file may be silent while somebody waits for more of it. */
  protected constructor(private readonly quietFor: number) {}

  /** Keeps a file of this machine. One that was there under this key is replaced. @throws {NotAvailable} */
  put(key: string, path: string, options: PutOptions): Promise<void> {
    return this.reaching(async (disk) => {
      const { size } = await stat(path);
      const file = createReadStream(path);
      try {
        await disk.putStream(this.placeOf(key), file, { ...options, contentLength: size });
      } finally {
        file.destroy();
      }
    });
  }

  /** Undefined when there is no such file. @throws {NotAvailable} */
  find(key: string): Promise<StoredFile | undefined> {
    return this.reaching(async (disk) => {
      const place = this.placeOf(key);
      try {
        const { contentLength } = await disk.getMetaData(place);
        return {
          bytes: contentLength,
          read: () => this.reaching(async () => this.heard(await this.open(disk, place))),
        };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    });
  }

  /** Removes everything whose key begins with `folder/`; nothing at all is fine, too. @throws {NotAvailable} */
  removeFolder(folder: string): Promise<void> {
    // A disk takes the last slash away, and then folders that begin alike would go as well.
    return this.reaching((disk) => disk.driver.deleteAll(this.placeOf(`${folder}/`)));
  }

  /** The folders right inside this one, in the order of their names. @throws {NotAvailable} */
  async *folders(folder: string): AsyncIterable<string> {
    let page: string | undefined;
    do {
      const { objects, paginationToken } = await this.reaching((disk) => this.page(disk, folder, page));
      const names = [...objects].flatMap((object) =>
        object.isDirectory ? [object.prefix.split('/').at(-1) ?? ''] : [],
      );
      yield* names.sort();
      page = paginationToken;
    } while (page !== undefined);
  }

  protected abstract disk(): Promise<Disk>;

  protected open(disk: Disk, place: string): Promise<Readable> {
    return disk.getStream(place);
  }

  /** Where a key is, as the disk names it. */
  protected placeOf(key: string): string {
    return key;
  }

  private async page(disk: Disk, folder: string, paginationToken?: string) {
    try {
      return await disk.listAll(this.placeOf(folder), paginationToken === undefined ? {} : { paginationToken });
    } catch (error) {
      if (isMissing(error)) return { objects: [] };
      throw error;
    }
  }

  private async reaching<T>(fn: (disk: Disk) => Promise<T>): Promise<T> {
    try {
      return await fn(await this.disk());
    } catch (error) {
      throw this.unreachable(error);
    }
  }

  /** The stream, whose errors are the store's. Who reads may take their time, or leave: neither is the store's fault. */
  private heard(stream: Readable): Readable {
    // Whoever has left hears of no error, and one that nobody hears ends the process.
    stream.on('error', () => {});
    const next = async (iterator: AsyncIterator<Buffer>) => {
      const giveUp = () => stream.destroy(new Error(`Nothing came for ${this.quietFor} ms.`));
      const late = setTimeout(giveUp, this.quietFor);
      try {
        return await iterator.next();
      } catch (error) {
        throw heard.destroyed ? error : this.unreachable(error);
      } finally {
        clearTimeout(late);
      }
    };
    const chunks = async function* () {
      const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      for (let part = await next(iterator); !part.done; part = await next(iterator)) yield part.value;
    };
    const heard = Readable.from(chunks(), { objectMode: false }).once('close', () => stream.destroy());
    return heard;
  }

  private unreachable(error: unknown): NotAvailable {
    this.logger.error({ err: error }, 'The file store does not do what it is asked for.');
    return new NotAvailable('The file store cannot be reached.');
  }
}

/** flydrive wraps what its drivers throw. */
function isMissing(thrown: unknown): boolean {
  for (let error = thrown as Fault | undefined; error; error = error.cause as Fault | undefined) {
    if (error.code === 'ENOENT' || error.$metadata?.httpStatusCode === 404) return true;
  }
  return false;
}

interface Fault {
  code?: string;
  cause?: unknown;
  $metadata?: { httpStatusCode?: number };
}
