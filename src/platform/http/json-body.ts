import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { MalformedRequest, UnsupportedMediaType } from '../errors/problems.js';
import type { RequestWithCaller } from './access.js';

const MAX_DEPTH = 32;
const POISON = new Set(['__proto__', 'constructor']);

/** JSON bodies in UTF-8: the bytes are kept for signatures; depth is bounded; keys that poison prototypes are refused. */
export function parseJson(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    (request as RequestWithCaller).rawBody = body;
    // A body was announced and did not come: that is not the same as none.
    if (body.length === 0) return done(null, null);
    try {
      demandPlainUtf8(request.headers);
      done(null, parse(body));
    } catch (error) {
      done(error as Error, undefined);
    }
  });
}

function demandPlainUtf8({ 'content-encoding': encoding, 'content-type': type }: IncomingHttpHeaders): void {
  if (encoding !== undefined && encoding !== 'identity') {
    throw new UnsupportedMediaType(`Send the body as it is, not as Content-Encoding ${encoding.slice(0, 50)}.`);
  }
  const charset = /;\s*charset="?([^";\s]+)/i.exec(type ?? '')?.[1];
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw new UnsupportedMediaType(`Send the body in UTF-8, not in ${charset.slice(0, 50)}.`);
  }
}

function parse(body: Buffer): unknown {
  const text = new TextDecoder('utf-8', { fatal: false }).decode(body);
  if (text.includes('\ufffd') && !isUtf8(body)) throw new MalformedRequest('The body is not UTF-8.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new MalformedRequest(`The body is not JSON: ${(error as Error).message.replace(/\.+$/, '').slice(0, 200)}.`);
  }
  if (depthOf(value, 0) > MAX_DEPTH) throw new MalformedRequest(`The body is nested deeper than ${MAX_DEPTH} levels.`);
  return value;
}

function isUtf8(body: Buffer): boolean {
  return Buffer.from(body.toString('utf8')).equals(body);
}

function depthOf(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return depth;
  let deepest = depth + 1;
  for (const [key, child] of Object.entries(value)) {
    if (POISON.has(key)) throw new MalformedRequest(`The body has a key that is not allowed: ${key}.`);
    deepest = Math.max(deepest, depthOf(child, depth + 1));
  }
  return deepest;
}
