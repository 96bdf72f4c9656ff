/** What was given: properties that a class declares but nobody set are no wish to clear anything. */
export function given<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** The given fields that differ from what is there. */
export function differing<T extends object>(current: T, changes: Partial<T>): Partial<T> {
  const entries = Object.entries(given(changes)).filter(([key, value]) => !same(current[key as keyof T], value));
  return Object.fromEntries(entries) as Partial<T>;
}

/** jsonb does not keep the order of keys, so it does not count. */
export function same(a: unknown, b: unknown): boolean {
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  const other = b as Record<string, unknown>;
  return (
    keys.length === Object.keys(b).length && keys.every((key) => same((a as Record<string, unknown>)[key], other[key]))
  );
}
