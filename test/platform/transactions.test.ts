import { beforeAll, describe, expect, it } from 'vitest';
import { galley } from '../support/app.js';

const app = galley();

beforeAll(() => app.db.unprepared('CREATE SCHEMA scratch; CREATE TABLE scratch.notes (text text PRIMARY KEY)'));

const write = (text: string) => app.db.query('INSERT INTO scratch.notes (text) VALUES ($1)', [text]);
const exists = async (text: string) =>
  (await app.db.query('SELECT FROM scratch.notes WHERE text = $1', [text])).length === 1;
const closing = (text: string) => ({ sql: 'INSERT INTO scratch.notes (text) VALUES ($1)', params: [text] });

describe('a transaction', () => {
  it('is joined by whatever is called in it', async () => {
    const undone = app.db.transaction(async () => {
      await write('outer');
      await app.db.transaction(() => write('inner'));
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    expect([await exists('outer'), await exists('inner')]).toEqual([false, false]);
  });

  it('sends what was left for the end with its COMMIT, as it is then', async () => {
    const texts = ['first'];
    await app.db.transaction(async () => {
      app.db.withCommit(() => closing(texts.join(' ')));
      texts.push('second');
      expect(await exists('first')).toBe(false);
    });
    expect(await exists('first second')).toBe(true);
  });

  it('commits nothing when what was left for the end fails', async () => {
    await app.db.transaction(() => write('taken'));
    const failed = app.db.transaction(async () => {
      await write('with taken');
      app.db.withCommit(() => closing('taken'));
    });
    await expect(failed).rejects.toMatchObject({ code: '23505' });
    expect(await exists('with taken')).toBe(false);
  });

  it('says so when it could not commit, because the error of a statement in it was swallowed', async () => {
    const failed = app.db.transaction(async () => {
      await write('swallowed');
      await app.db.query('SELECT 1 / 0').catch(() => {});
    });
    await expect(failed).rejects.toThrow('nothing was committed');
    expect(await exists('swallowed')).toBe(false);
  });

  it('tells of its commit only once there is one', async () => {
    const told: string[] = [];
    await app.db.transaction(async () => {
      app.db.afterCommit(() => told.push('committed'));
      await write('told');
      expect(told).toEqual([]);
    });
    const undone = app.db.transaction(async () => {
      app.db.afterCommit(() => told.push('rolled back'));
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    expect(told).toEqual(['committed']);
  });

  it('leaves its connection fit for the next, whatever went wrong in it', async () => {
    for (let round = 0; round < 15; round++) {
      await expect(app.db.transaction(() => app.db.query('SELECT 1 / 0'))).rejects.toMatchObject({ code: '22012' });
    }
    await app.db.transaction(() => write('after fifteen failures'));
    expect(await exists('after fifteen failures')).toBe(true);
  });

  it('fails as a whole when its connection dies, and the next has another', async () => {
    const cut = app.db.transaction(async () => {
      await write('cut off');
      await app.db.query('SELECT pg_terminate_backend(pg_backend_pid())');
    });
    await expect(cut).rejects.toThrow();
    expect(await exists('cut off')).toBe(false);
  });
});

describe('together', () => {
  it('runs statements in the order given and gives their results', async () => {
    const [first, second] = await app.db.transaction(() =>
      app.db.together([
        () => app.db.query<{ text: string }>(`INSERT INTO scratch.notes (text) VALUES ('a') RETURNING text`),
        () => app.db.query<{ text: string }>(`SELECT text FROM scratch.notes WHERE text = 'a'`),
      ]),
    );
    expect([first, second]).toEqual([[{ text: 'a' }], [{ text: 'a' }]]);
  });

  it('waits for all before it throws the first error, so that none goes on in a transaction that has ended', async () => {
    let finished = false;
    const failed = app.db.transaction(() =>
      app.db.together([
        () => app.db.query('SELECT 1 / 0'),
        async () => {
          await new Promise(setImmediate);
          finished = true;
        },
      ]),
    );
    await expect(failed).rejects.toMatchObject({ code: '22012' });
    expect(finished).toBe(true);
  });
});

describe('a connection', () => {
  it('that breaks in the hands of somebody who does not listen ends nothing but itself', async () => {
    const client = await app.db.pool.connect();
    const ended = new Promise((resolve) => client.once('end', resolve));
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await app.db.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await ended;
    client.release();
    await write('all is well');
    expect(await exists('all is well')).toBe(true);
  });
});
