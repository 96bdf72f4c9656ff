import { Transform } from 'class-transformer';

/** A query parameter that is `true` or `false`. Anything else stays text, which `@IsBoolean()` refuses. */
export const Flag = () =>
  Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value));
