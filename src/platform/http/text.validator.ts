import { registerDecorator } from 'class-validator';

// Control characters except tab, line feed and carriage return; PostgreSQL cannot store NUL at all.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const LINE_BREAK = /[\r\n]/;

export interface TextBounds {
  min?: number;
  max: number;
  multiline?: boolean;
  /** Taken to the letter, spaces included, as passwords are. */
  exact?: boolean;
}

/** Free text: bounded in length, with no control characters and no broken Unicode. */
export function IsText({ min = 1, max, multiline = false, exact = false }: TextBounds): PropertyDecorator {
  const valid = (value: unknown): boolean =>
    typeof value === 'string' &&
    // A character is two units long at most; counting the characters of a huge text takes time.
    value.length <= 2 * max &&
    charactersOf(value) <= max &&
    charactersOf(exact ? value : value.trim()) >= min &&
    value.isWellFormed() &&
    !CONTROL.test(value) &&
    (multiline || !LINE_BREAK.test(value));
  return (target, property) =>
    registerDecorator({
      name: 'isText',
      target: target.constructor,
      propertyName: String(property),
      constraints: [{ min, max }],
      options: { message: `must be text of ${min} to ${max} characters without control characters.` },
      validator: { validate: valid },
    });
}

/** As JSON Schema counts them: code points, not UTF-16 units. */
const charactersOf = (text: string): number => [...text].length;
