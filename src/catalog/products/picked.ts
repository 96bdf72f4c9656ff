/** The members beyond the ordinary ones that are asked for, in one order. `fields` asks for what it names, and for no others. */
export function included<T extends string>(known: readonly T[], { include = [], fields }: Asked<T>): T[] {
  const wanted: readonly string[] = fields ?? include;
  return known.filter((name) => wanted.includes(name));
}

interface Asked<T> {
  include?: T[] | undefined;
  fields?: string[] | undefined;
}

/** Only these members. */
export const picked = (whole: Record<string, unknown>, fields: string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(whole).filter(([name]) => fields.includes(name)));
