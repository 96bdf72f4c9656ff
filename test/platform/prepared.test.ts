import fc from 'fast-check';
import { expect, it } from 'vitest';
import { galley } from '../support/app.js';

const app = galley();

it('A connection keeps a bounded number of prepared statements, however many shapes of them are asked for', async () => {
  await app.db.transaction(async () => {
    for (let number = 0; number < 2500; number++) await app.db.query(`SELECT 1 AS "${number}"`);
    const [row] = await app.db.query<{ count: number }>('SELECT count(*)::int AS count FROM pg_prepared_statements');
    expect(row?.count).toBeLessThan(1100);
    expect(await app.db.query('SELECT $1::int AS answer', [42])).toEqual([{ answer: 42 }]);
  });
});

it('A statement that is planned for its values takes them to the letter, and has nothing of them prepared', async () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed() && !text.includes('\0')),
    fc.constantFrom(`'`, `''; DROP TABLE x; --`, '\\', `\\'`, '$1', '$2', '{', '},{', '"', 'NULL', '\n', ''),
  );
  await fc.assert(
    fc.asyncProperty(texts, fc.array(texts, { maxLength: 4 }), fc.maxSafeInteger(), async (text, list, number) => {
      const sql =
        'SELECT $1::text AS text, $2::text[] AS list, $3::bigint::text AS number, $4::text AS none, $1::text AS again';
      const [row] = await app.db.planned(sql, [text, list, number, null]);
      expect(row).toEqual({ text, list, number: String(number), none: null, again: text });
    }),
  );
  await expect(app.db.planned('SELECT $1::text', ['a\0b'])).rejects.toThrow('NUL');
  await expect(app.db.planned('SELECT $1::text[]', [['a\0b']])).rejects.toThrow('NUL');
});
