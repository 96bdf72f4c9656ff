import pg from 'pg';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Events, Jobs, newId } from '#src/platform/index.js';
import { DeadLetters } from '#src/platform/jobs/dead-letters.js';
import { galley } from '../support/app.js';
import { AppWithNotes, Notes, NoteWritten, TABLE } from './fixtures/notes.module.js';

const app = galley({}, AppWithNotes);
let notes: Notes;

beforeAll(async () => {
  notes = app.service(Notes);
  await app.db.unprepared(TABLE);
});
beforeEach(() => app.runDue());

const write = (text: string) => app.db.transaction(() => notes.write(text));
const heard = async (noteId: string) =>
  (
    await app.db.query<{ listener: string }>('SELECT listener FROM notes.heard WHERE note_id = $1 ORDER BY 1', [noteId])
  ).map(({ listener }) => listener);
const eventsOf = (noteId: string) =>
  app.db.query<{ position: number | null }>(`SELECT position FROM platform.events WHERE payload ->> 'noteId' = $1`, [
    noteId,
  ]);

/** As if the time had come at which failed jobs are tried again. */
const letTimePass = () => app.db.unprepared(`UPDATE jobs.job SET start_after = now() WHERE state < 'active'`);

describe('an event', () => {
  it('cannot be published outside of a transaction', () => {
    expect(() => app.service(Events).publish(new NoteWritten(newId(), 'x'))).toThrow('inside a transaction only');
  });

  it('reaches each listener once, after the commit', async () => {
    const id = await write('hello');
    expect(await heard(id)).toEqual([]);
    await app.runDue();
    expect(await heard(id)).toEqual(['eager', 'stubborn']);
    await app.runDue();
    expect(await heard(id)).toEqual(['eager', 'stubborn']);
  });

  it('is gone when its transaction is rolled back', async () => {
    let id = '';
    const undone = app.db.transaction(async () => {
      id = await notes.write('undone');
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    await app.runDue();
    expect(await eventsOf(id)).toEqual([]);
    expect(await heard(id)).toEqual([]);
  });

  it('costs one statement, however many are published at once', async () => {
    const statements = await app.statements(() =>
      app.db.transaction(async () =>
        app.service(Events).publish(...Array.from({ length: 20 }, () => new NoteWritten(newId(), 'many'))),
      ),
    );
    expect(statements.filter((sql) => sql.includes('platform.events')).length).toBe(1);
  });

  it('stands in the log for good', async () => {
    const id = await write('for good');
    await app.runDue();
    for (const sql of [
      'DELETE FROM platform.events WHERE id IS NOT NULL',
      `UPDATE platform.events SET type = 'x.y'`,
      'TRUNCATE platform.events',
    ]) {
      await expect(app.db.unprepared(sql)).rejects.toThrow(/append-only|permission denied/);
    }
    expect(await eventsOf(id)).toEqual([{ position: expect.any(Number) }]);
  });
});

describe('positions in the feed', () => {
  it('follow the commit: what commits late comes after what was relayed before, and nothing is skipped', async () => {
    const late = new pg.Client({ connectionString: app.databaseUrl });
    await late.connect();
    await late.query('BEGIN');
    const lateId = newId();
    await late.query(`INSERT INTO platform.events (id, type, payload) VALUES ($1, 'notes.written', $2)`, [
      lateId,
      { noteId: lateId, text: 'late' },
    ]);
    const early = await write('early');
    await app.runDue();
    const [{ position: first } = { position: null }] = await eventsOf(early);
    await late.query('COMMIT');
    await late.end();
    await app.runDue();
    const [{ position: second } = { position: null }] = await eventsOf(lateId);
    expect(first).not.toBeNull();
    expect(second).toBe((first ?? 0) + 1);
    expect(await heard(lateId)).toEqual(['eager', 'stubborn']);
  });

  it('are given once and without gaps, with many relays at work', async () => {
    await Promise.all(Array.from({ length: 60 }, (_, index) => Promise.all([write(`n${index}`), app.runDue()])));
    await app.runDue();
    const rows = await app.db.query<{ position: number }>('SELECT position FROM platform.events ORDER BY position');
    expect(rows.map(({ position }) => position)).toEqual(rows.map((_, index) => index + 1));
    const [twice] = await app.db.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM (SELECT FROM notes.heard GROUP BY note_id, listener HAVING count(*) > 1) AS more',
    );
    expect(twice).toEqual({ count: 0 });
  });

  it('survive a relay that dies half way: all or nothing of its batch', async () => {
    await app.db.unprepared(`
      CREATE FUNCTION notes.power_cut() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_terminate_backend(pg_backend_pid());
        RETURN NULL;
      END $$;
      CREATE TRIGGER power_cut AFTER UPDATE ON platform.events FOR EACH STATEMENT EXECUTE FUNCTION notes.power_cut()`);
    const id = await write('interrupted');
    await expect(app.runDue()).rejects.toThrow();
    expect(await eventsOf(id)).toEqual([{ position: null }]);
    await app.db.unprepared('DROP TRIGGER power_cut ON platform.events; DROP FUNCTION notes.power_cut');
    await app.runDue();
    expect(await heard(id)).toEqual(['eager', 'stubborn']);
  });
});

describe('a listener that fails', () => {
  it('leaves nothing behind, holds up no other, is asked again later and later, and ends in the dead letters', async () => {
    notes.refused.add('never');
    const id = await write('never');
    await app.runDue();
    expect(await heard(id)).toEqual(['eager']);
    expect(notes.attempts.get('never')).toBe(1);
    const waits: number[] = [];
    for (let attempt = 2; attempt <= 13; attempt++) {
      const [job] = await app.db.query<{ seconds: number }>(
        `SELECT extract(epoch FROM start_after - now())::float AS seconds FROM jobs.job WHERE state = 'retry' AND data ->> 'noteId' = $1`,
        [id],
      );
      waits.push(job?.seconds ?? 0);
      await letTimePass();
      await app.runDue();
      expect(notes.attempts.get('never')).toBe(attempt);
    }
    expect(waits[0]).toBeLessThan(10);
    expect(waits.at(-1)).toBeGreaterThan(600);
    expect(Math.max(...waits)).toBeLessThanOrEqual(3600);
    await letTimePass();
    await app.runDue();
    expect(notes.attempts.get('never')).toBe(13);
    const letters = await app.service(DeadLetters).list();
    expect(letters).toMatchObject([
      {
        queue: 'notes.written/StubbornListener.hear',
        data: { noteId: id, text: 'never' },
        error: expect.stringContaining('I will not hear'),
      },
    ]);
  });

  it('hears of it after all once it is put back', async () => {
    notes.refused.clear();
    const [letter] = await app.service(DeadLetters).list();
    expect(await app.service(DeadLetters).redrive({ ids: [letter!.id] })).toBe(1);
    await app.runDue();
    expect(await heard((letter!.data as { noteId: string }).noteId)).toEqual(['eager', 'stubborn']);
    expect(await app.service(DeadLetters).list()).toEqual([]);
  });
});

describe('a job', () => {
  const jobs = () => app.service(Jobs);

  it('is added with the transaction that asks for it, or not at all', async () => {
    const undone = app.db.transaction(async () => {
      await jobs().enqueue('notes.tidy', { text: 'job undone' });
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    await app.db.transaction(() => jobs().enqueue('notes.tidy', { text: 'job done' }));
    await app.runDue();
    expect([notes.attempts.get('job undone'), notes.attempts.get('job done')]).toEqual([undefined, 1]);
  });

  it('waits until its time', async () => {
    await jobs().enqueue('notes.tidy', { text: 'job later' }, { startAfter: 3600 });
    await app.runDue();
    expect(notes.attempts.get('job later')).toBeUndefined();
    await letTimePass();
    await app.runDue();
    expect(notes.attempts.get('job later')).toBe(1);
  });

  it('must be one that somebody does', async () => {
    await expect(jobs().enqueue('notes.nobody', {})).rejects.toThrow('There is no job notes.nobody.');
  });
});
