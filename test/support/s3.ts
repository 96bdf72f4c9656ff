import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

const REGION = 'eu-central-1';
export const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'a/secret+key' };

interface Kept {
  body: Buffer;
  headers: Record<string, string | undefined>;
}

/** One bucket that speaks as much of S3 as a file store needs. Requests that are not signed as AWS demands are refused. */
export class Bucket {
  readonly objects = new Map<string, Kept>();
  /** Answers with 503 while it is set. */
  away = false;
  /** Takes requests and never answers while it is set. */
  silent = false;
  /** Files break off after so many bytes while it is set. */
  cutAfter: number | undefined;
  /** Files stop in the middle, and nothing more comes, after so many bytes while it is set. */
  stopAfter: number | undefined;
  private readonly server = createServer((request, response) => {
    this.answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });

  constructor(
    readonly name: string,
    /** Keys in one page of a list. */
    private readonly page = 1000,
  ) {}

  /** Starts it. @returns a value of GALLEY_FILES */
  async open(folder = ''): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const { port } = this.server.address() as AddressInfo;
    return `s3://${this.name}${folder}?region=${REGION}&endpoint=http://127.0.0.1:${port}`;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  keys(): string[] {
    return [...this.objects.keys()].sort();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://bucket');
    const body = await buffer(request);
    if (this.silent) return;
    if (this.away) return void response.writeHead(503).end();
    if (!isSigned(request, url, body)) {
      const error = '<Error><Code>SignatureDoesNotMatch</Code></Error>';
      return void response.writeHead(403, { 'content-type': 'application/xml' }).end(error);
    }
    const [, bucket, ...rest] = url.pathname.split('/').map(decodeURIComponent);
    if (bucket !== this.name) return void response.writeHead(404).end();
    const key = rest.join('/');
    if (request.method === 'POST' && url.searchParams.has('delete')) return this.deleteAll(String(body), response);
    if (request.method === 'PUT') return this.put(key, body, request, response);
    if (key === '') return this.list(url.searchParams, response);
    this.get(key, request.method === 'HEAD', response);
  }

  private put(key: string, body: Buffer, { headers }: IncomingMessage, response: ServerResponse): void {
    const { 'content-type': type, 'cache-control': cache } = headers;
    this.objects.set(key, { body, headers: { 'content-type': type, 'cache-control': cache } });
    response.writeHead(200, { etag: '"1"' }).end();
  }

  private get(key: string, head: boolean, response: ServerResponse): void {
    const kept = this.objects.get(key);
    if (!kept) {
      response.writeHead(404, { 'content-type': 'application/xml' });
      return void response.end(head ? undefined : '<Error><Code>NoSuchKey</Code></Error>');
    }
    response.writeHead(200, {
      'content-length': kept.body.length,
      'content-type': kept.headers['content-type'] ?? 'application/octet-stream',
      'last-modified': new Date(0).toUTCString(),
      etag: '"1"',
    });
    if (head) response.end();
    else if (this.stopAfter !== undefined) response.write(kept.body.subarray(0, this.stopAfter));
    else if (this.cutAfter === undefined) response.end(kept.body);
    else response.write(kept.body.subarray(0, this.cutAfter), () => response.destroy());
  }

  private list(query: URLSearchParams, response: ServerResponse): void {
    const prefix = query.get('prefix') ?? '';
    const delimiter = query.get('delimiter');
    const after = query.get('continuation-token') ?? '';
    const entries = new Map<string, string>();
    for (const key of this.keys().filter((one) => one.startsWith(prefix))) {
      const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
      if (end === -1) entries.set(key, `<Contents><Key>${key}</Key><Size>1</Size></Contents>`);
      else {
        const folder = key.slice(0, end + 1);
        entries.set(folder, `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`);
      }
    }
    const left = [...entries].filter(([name]) => name > after);
    const shown = left.slice(0, this.page);
    const more = left.length > shown.length;
    const next = more ? `<NextContinuationToken>${shown.at(-1)?.[0]}</NextContinuationToken>` : '';
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(
      `<ListBucketResult><IsTruncated>${more}</IsTruncated><KeyCount>${shown.length}</KeyCount>${next}${shown.map(([, xml]) => xml).join('')}</ListBucketResult>`,
    );
  }

  private deleteAll(body: string, response: ServerResponse): void {
    for (const [, key = ''] of body.matchAll(/<Key>([^<]*)<\/Key>/g)) this.objects.delete(key);
    response.writeHead(200, { 'content-type': 'application/xml' }).end('<DeleteResult/>');
  }
}

/** AWS Signature Version 4, as the reference of the S3 API describes it. */
function isSigned(request: IncomingMessage, url: URL, body: Buffer): boolean {
  const { headers } = request;
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([\da-f]{64})$/;
  const [, id, day = '', region, names = '', signature = ''] = match.exec(headers.authorization ?? '') ?? [];
  if (id !== CREDENTIALS.AWS_ACCESS_KEY_ID || region !== REGION) return false;
  const payload = String(headers['x-amz-content-sha256']);
  if (payload !== 'UNSIGNED-PAYLOAD' && payload !== sha256(body)) return false;
  const query = [...url.searchParams].map(([name, value]) => `${escaped(name)}=${escaped(value)}`).sort();
  const signed = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const canonical = [request.method, url.pathname, query.join('&'), signed.join(''), names, payload].join('\n');
  const scope = `${day}/${REGION}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const steps = [day, REGION, 's3', 'aws4_request'];
  const key = steps.reduce<string | Buffer>(hmac, `AWS4${CREDENTIALS.AWS_SECRET_ACCESS_KEY}`);
  return timingSafeEqual(hmac(key, text), Buffer.from(signature, 'hex'));
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
