import { ValidateBy } from 'class-validator';
import { Env } from '../config/settings.js';

/** A place in an S3 bucket. */
export interface Bucket {
  name: string;
  /** What all keys begin with: empty, or with a slash at its end. */
  prefix: string;
  region: string;
  /** Of a store that is not Amazon's. */
  endpoint: string | undefined;
}

const NAME = /^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/;
const PREFIX = /^(\/[\w.-]+)*\/?$/;
const KNOWN = new Set(['region', 'endpoint']);

export class FilesSettings {
  @ValidateBy({ name: 'isBucket', validator: { validate: (value) => bucketOf(String(value)) !== undefined } })
  @Env('GALLEY_FILES', {
    does: 'S3 bucket that keeps uploaded pictures; without one they are in files/ of GALLEY_DATA_DIR',
    takes:
      'an address such as s3://bucket/folder?region=eu-central-1, for other stores than Amazon S3 with &endpoint=https://host',
  })
  files: string;

  get bucket(): Bucket | undefined {
    return this.files ? bucketOf(this.files) : undefined;
  }
}

function bucketOf(address: string): Bucket | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 's3:' || url.username !== '' || url.port !== '' || url.hash !== '') return undefined;
  const endpoint = url.searchParams.get('endpoint') ?? undefined;
  const misfit =
    !NAME.test(url.hostname) ||
    !PREFIX.test(url.pathname) ||
    [...url.searchParams.keys()].some((key) => !KNOWN.has(key)) ||
    (endpoint !== undefined && !/^https?:\/\/[^\s/?#]+\/?$/.test(endpoint));
  if (misfit) return undefined;
  const prefix = url.pathname.replaceAll(/^\/|\/$/g, '');
  return {
    name: url.hostname,
    prefix: prefix === '' ? '' : `${prefix}/`,
    region: url.searchParams.get('region') ?? 'us-east-1',
    endpoint,
  };
}
