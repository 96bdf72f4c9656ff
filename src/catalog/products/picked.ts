/** Only these members. */
export const picked = (whole: Record<string, unknown>, fields: string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(whole).filter(([name]) => fields.includes(name)));
