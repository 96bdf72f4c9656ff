import { beforeAll, describe, expect, it } from 'vitest';
import { galley } from '../support/app.js';
import { AppWithNotes, TABLE } from './fixtures/notes.module.js';

const app = galley({}, AppWithNotes);
beforeAll(() => app.db.unprepared(TABLE));

interface Answer {
  status: number;
  headers: Headers;
  body: { id?: string; code?: string };
}

// Not in the API document: the test client would refuse it.
async function post(text: string, key?: string, token?: string): Promise<Answer> {
  const response = await fetch(`${app.url}/v1/notes`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ text }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}

const count = async (text: string) =>
  (await app.db.query<{ count: number }>('SELECT count(*)::int AS count FROM notes.notes WHERE text = $1', [text]))[0]
    ?.count;

describe('a request with an Idempotency-Key', () => {
  it('needs one where it is required, and a sane one', async () => {
    expect(await post('none')).toMatchObject({ status: 400, body: { code: 'idempotency_key_required' } });
    expect(await post('long', 'x'.repeat(256))).toMatchObject({
      status: 400,
      body: { code: 'idempotency_key_malformed' },
    });
    expect(await post('blank', 'a b')).toMatchObject({ status: 400, body: { code: 'idempotency_key_malformed' } });
    expect(await post('longest', 'x'.repeat(255))).toMatchObject({ status: 201 });
  });

  it('has its effect once, and is answered the same again', async () => {
    const first = await post('once', 'key-once');
    const again = await post('once', 'key-once');
    expect(first.status).toBe(201);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect({ status: again.status, body: again.body }).toEqual({ status: 201, body: first.body });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await count('once')).toBe(1);
  });

  it('is refused when the key was for another request', async () => {
    await post('this', 'key-reused');
    expect(await post('that', 'key-reused')).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(await count('that')).toBe(0);
  });

  it('belongs to its caller: two may choose the same key', async () => {
    const [ada, bob] = [await app.shopper(), await app.shopper()];
    const first = await post('mine', 'key-shared', ada.accessToken);
    const second = await post('mine', 'key-shared', bob.accessToken);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(first.body.id).not.toBe(second.body.id);
  });

  it('leaves neither effect nor answer when it fails, so that a retry is a new attempt', async () => {
    expect((await post('fail', 'key-fail')).status).toBe(500);
    expect(await count('fail')).toBe(0);
    expect((await post('fail', 'key-fail')).status).toBe(500);
    const [row] = await app.db.query(`SELECT 1 FROM platform.idempotency_keys WHERE key = 'key-fail'`);
    expect(row).toBeUndefined();
  });

  it('has one effect when 30 arrive at once; the others get the same answer, or are asked to wait', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => post('slow', 'key-race')));
    const done = answers.filter(({ status }) => status === 201);
    const waiting = answers.filter(({ status }) => status === 409);
    expect(done.length).toBeGreaterThan(0);
    expect(done.length + waiting.length).toBe(30);
    expect(new Set(done.map(({ body }) => body.id)).size).toBe(1);
    for (const { headers, body } of waiting) {
      expect(body.code).toBe('idempotency_in_progress');
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    expect(await count('slow')).toBe(1);
  });
});
