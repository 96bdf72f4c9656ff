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
