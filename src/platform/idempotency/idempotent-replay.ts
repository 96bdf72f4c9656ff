/** Thrown to answer with what was stored for this Idempotency-Key; the filter sends it. */
export class IdempotentReplay extends Error {
  constructor(
    readonly status: number,
    readonly headers: Record<string, string>,
    readonly body: unknown,
  ) {
    super('Answered before.');
  }
}
