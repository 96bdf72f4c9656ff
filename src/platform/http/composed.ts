import { Transform } from 'class-transformer';

/** Text with each letter and its accents in one (Unicode NFC), however it was typed. Anything else stays as it is. */
export const Composed = () =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.normalize('NFC') : value));
