import type { Refusal } from '../errors/refusal.js';

interface Violation {
  constraint: string;
  detail: string;
}

function violationOf(thrown: unknown): Violation | undefined {
  const { driverError = thrown } = (thrown ?? {}) as { driverError?: unknown };
  const { code = '', constraint, detail = '' } = (driverError ?? {}) as { code?: string } & Partial<Violation>;
  return /^23/.test(code) && constraint ? { constraint, detail } : undefined;
}

/**
 * Runs a write and turns the constraints that the database holds into refusals. The database decides, so two writers at
 * once get the same answer as two in a row. `value` is what the constraint's last column would have been.
 */
export async function refusing<T>(write: Promise<T>, refusals: Record<string, (value: string) => Refusal>): Promise<T> {
  try {
    return await write;
  } catch (thrown) {
    const violation = violationOf(thrown);
    const refusal = violation && refusals[violation.constraint];
    if (!refusal) throw thrown;
    throw refusal(/=\((?:.*, )?(.*)\)/.exec(violation.detail)?.[1] ?? '');
  }
}
