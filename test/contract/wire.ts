import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { Answer } from '../support/client.js';
import { checkAnswer } from '../support/contract.js';

export interface Call {
  method: string;
  /** Exactly what goes over the wire: nothing is normalised. */
  path: string;
  headers?: Record<string, string | string[]>;
  body?: string | Uint8Array;
}

export interface Timed extends Answer {
  ms: number;
}

/** No answer within this is a hang. */
const HANG_MS = 10_000;
const agent = new Agent({ keepAlive: true, maxSockets: 16 });

/** One request, sent as it is. */
export async function send(baseUrl: string, { method, path, headers = {}, body }: Call): Promise<Timed> {
  const started = performance.now();
  const { hostname, port } = new URL(baseUrl);
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const outgoing = request({
    hostname,
    port,
    method,
    path,
    headers: { ...length, ...headers },
    agent,
    timeout: HANG_MS,
  });
  outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${HANG_MS} ms`)));
  // A refusal may come before all is sent: what is left to send then finds a closed door, and nobody waits for it.
  outgoing.on('error', () => {});
  outgoing.end(body);
  const [incoming] = await once(outgoing, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const type = String(incoming.headers['content-type'] ?? '');
  return {
    status: incoming.statusCode,
    headers: incoming.headers as Record<string, string>,
    body: /[/+]json/.test(type) && text !== '' ? JSON.parse(text) : text,
    ms: performance.now() - started,
  };
}

/** The same, held against the API document. */
export async function checked(baseUrl: string, call: Call): Promise<Timed> {
  const answer = await send(baseUrl, call);
  await checkAnswer(baseUrl, call.method, call.path, answer);
  return answer;
}

/** Bytes as no HTTP client would send them; gives all that comes back until the server closes. */
export async function raw(baseUrl: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(baseUrl);
  const socket = connect(Number(port), hostname);
  socket.setTimeout(HANG_MS, () => socket.destroy(new Error(`not closed within ${HANG_MS} ms`)));
  socket.end(bytes, 'latin1');
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Runs `each` over all items, so many at a time. */
export async function inBatches<T>(items: T[], atOnce: number, each: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of queue) await each(item);
    }),
  );
}
