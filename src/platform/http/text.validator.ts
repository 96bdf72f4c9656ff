import { registerDecorator } from 'class-validator';

// Control characters except tab, line feed and carriage return; PostgreSQL cannot store NUL at all.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const LINE_BREAK = /[\r\n]/;

export interface TextBounds {
  min?: number;
  max: number;
  multiline?: boolean;
}

/** Free text: bounded in length, with no control characters and no broken Unicode. */
export function IsText({ min = 1, max, multiline = false }: TextBounds): PropertyDecorator {
  const valid = (value: unknown): boolean =>
    typeof value === 'string' &&
    value.length <= max &&
    value.trim().length >= min &&
    value.isWellFormed() &&
    !CONTROL.test(value) &&
    (multiline || !LINE_BREAK.test(value));
  return (target, property) =>
    registerDecorator({
      name: 'isText',
      target: target.constructor,
      propertyName: String(property),
      options: { message: `must be text of ${min} to ${max} characters without control characters.` },
      validator: { validate: valid },
    });
}
