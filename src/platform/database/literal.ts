import { escapeLiteral } from 'pg';

/**
 * A value as part of a statement's text, of the type that its place asks for: a text, a number, null or a list of texts.
 * @throws for NUL, which no text of PostgreSQL holds, and which would end the statement early.
 */
export function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  const text = Array.isArray(value) ? `{${value.map(element).join(',')}}` : String(value);
  if (text.includes('\0')) throw new Error('A text for the database holds NUL.');
  return escapeLiteral(text);
}

/** In an array of PostgreSQL: within quotes only quotes and backslashes mean something. */
const element = (value: unknown): string => `"${String(value).replace(/["\\]/g, '\\$&')}"`;
