import { registerDecorator } from 'class-validator';

const RFC3339 = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

/** Years have four digits in UTC too: an offset may lead out of them. */
export const isMoment = (value: unknown): value is string => {
  if (typeof value !== 'string' || !RFC3339.test(value)) return false;
  const time = Date.parse(value);
  return time >= FIRST && time <= LAST;
};

/** A moment in RFC 3339, such as 2026-05-04T12:30:00Z, that both JavaScript and PostgreSQL can hold. */
export function IsTime(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isTime',
      target: target.constructor,
      propertyName: String(property),
      options: { message: 'must be a time such as 2026-05-04T12:30:00Z.' },
      validator: {
        validate: isMoment,
      },
    });
}
