import { hash } from 'node:crypto';
import { BadCursor } from '../errors/problems.js';
import { isUuid } from './params.js';

/** What a cursor is bound to: the same filters and the same sort order. */
export type Binding = string;

const tagOf = (bind: Binding): string => hash('sha256', bind, 'base64url').slice(0, 8);

/** Opaque to clients: the sort values of the last row, bound to filters and sort. */
export function encodeCursor(bind: Binding, values: unknown[]): string {
  return Buffer.from(JSON.stringify([tagOf(bind), ...values])).toString('base64url');
}

export const isId = (value: unknown): boolean => typeof value === 'string' && isUuid(value);
/** What a column of text can hold. */
export const isWords = (value: unknown): boolean =>
  typeof value === 'string' && value.isWellFormed() && !value.includes('\0');
export const isTime = (value: unknown): boolean =>
  typeof value === 'string' &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) &&
  !Number.isNaN(Date.parse(value));

/**
 * The values, each of its kind: anyone can write a cursor, so they are not to be trusted more than any input.
 * @throws {BadCursor} when it is garbage or was made for another query.
 */
export function decodeCursor(cursor: string, bind: Binding, kinds?: ((value: unknown) => boolean)[]): unknown[] {
  try {
    const [tag, ...values] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const kept = kinds ? values.length === kinds.length && kinds.every((is, index) => is(values[index])) : true;
    if (kept && tag === tagOf(bind) && encodeCursor(bind, values) === cursor) return values;
  } catch {
    // Falls through: what cannot be read does not fit.
  }
  throw new BadCursor();
}

/** Cuts a page out of `limit + 1` rows. */
export function paginate<Row>(page: { rows: Row[]; limit: number; bind: Binding; cursorOf: (row: Row) => unknown[] }): {
  data: Row[];
  nextCursor: string | null;
} {
  const data = page.rows.slice(0, page.limit);
  const last = data.at(-1);
  const more = page.rows.length > page.limit && last !== undefined;
  return { data, nextCursor: more ? encodeCursor(page.bind, page.cursorOf(last)) : null };
}
