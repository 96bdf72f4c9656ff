import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Disk } from 'flydrive';
import { SettingError } from '../config/settings.js';
import { FileStore, QUIET_FOR } from './file-store.js';
import type { Bucket } from './files.settings.js';

/** Milliseconds. */
const CONNECT_WITHIN = 5000;

const nothing = () => {};
const SILENT = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Files in a bucket that speaks S3. Who we are is for the AWS SDK to find: AWS_ACCESS_KEY_ID, a role, a profile. */
export class S3Files extends FileStore {
  private constructor(
    private readonly opened: Disk,
    private readonly prefix: string,
    quietFor: number,
  ) {
    super(quietFor);
  }

  /** @throws {SettingError} when the SDK has not been installed. */
  static async open({ name, prefix, region, endpoint }: Bucket, quietFor = QUIET_FOR): Promise<S3Files> {
    const { Disk, S3Driver, S3Client } = await load();
    const client = new S3Client({
      region,
      // Stores other than Amazon's have no host name for each bucket, and few know its newer checksums.
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // What goes wrong is logged once, by whoever asked.
      logger: SILENT,
      // Nothing may come and go for so long until it answers. It is asked three times.
      requestHandler: { connectionTimeout: CONNECT_WITHIN, socketTimeout: quietFor },
    });
    const driver = new S3Driver({ client, bucket: name, visibility: 'private', supportsACL: false });
    return new S3Files(new Disk(driver), prefix, quietFor);
  }

  protected async disk(): Promise<Disk> {
    return this.opened;
  }

  /** From the answer on, it is the reader who may be slow. */
  protected override async open(disk: Disk, place: string): Promise<Readable> {
    const stream = await super.open(disk, place);
    (stream as Partial<IncomingMessage>).setTimeout?.(0);
    return stream;
  }

  protected override placeOf(key: string): string {
    return this.prefix + key;
  }
}

/** A tenth of a second and 20 MB that nobody pays who has no bucket. */
async function load() {
  try {
    const [{ Disk }, { S3Driver }, { S3Client }] = await Promise.all([
      import('flydrive'),
      import('flydrive/drivers/s3'),
      import('@aws-sdk/client-s3'),
    ]);
    return { Disk, S3Driver, S3Client };
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new SettingError(
      'GALLEY_FILES names an S3 bucket, but the packages that reach it are not installed: install without --omit=optional.',
    );
  }
}
