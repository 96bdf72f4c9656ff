import { Transform } from 'class-transformer';

const WHOLE = /^(0|-?[1-9]\d{0,15})$/;

/** A query parameter that is an integer in plain digits. Anything else stays text, which `@IsInt()` refuses: `0x10`, `1e3` and nothing at all are no numbers here. */
export const WholeNumber = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && WHOLE.test(value) ? Number(value) : value,
  );
