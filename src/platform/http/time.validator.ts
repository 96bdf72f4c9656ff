import { registerDecorator } from 'class-validator';

const RFC3339 = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

export const isMoment = (value: unknown): value is string =>
  typeof value === 'string' && RFC3339.test(value) && !Number.isNaN(Date.parse(value));

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
