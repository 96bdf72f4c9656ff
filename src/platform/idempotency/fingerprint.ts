import { createHash } from 'node:crypto';

/** The same for requests that ask the same: method, path with query, If-Match, and body whatever the order of its keys. */
export function fingerprintOf(method: string, url: string, ifMatch: string | undefined, body: unknown): string {
  return createHash('sha256')
    .update(`${method} ${url}\n${ifMatch ?? ''}\n${JSON.stringify(body ?? null, sortKeys)}`)
    .digest('base64url');
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
