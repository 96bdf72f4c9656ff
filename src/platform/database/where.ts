/** A condition with `?` for its value, left out when the value is undefined. */
export type Condition = [sql: string, ...values: unknown[]];

/**
 * WHERE with only the conditions that were asked for, so that the planner sees them: an `IS NULL OR` for each would
 * hide the indexes from it. The conditions themselves are constants of the caller, never input.
 */
export function whereOf(conditions: Condition[]): { where: string; params: unknown[] } {
  const params: unknown[] = [];
  const asked = conditions
    .filter(([, ...values]) => values.every((value) => value !== undefined))
    .map(([sql, ...values]) => {
      let next = 0;
      return sql.replace(/\?/g, () => `$${params.push(values[next++])}`);
    });
  return { where: asked.length > 0 ? `WHERE ${asked.join(' AND ')}` : '', params };
}
