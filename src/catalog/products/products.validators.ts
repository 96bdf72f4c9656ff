import { registerDecorator, ValidateBy } from 'class-validator';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const CONTROL = /[\u0000-\u001f\u007f]/;

const isShortText = (value: unknown, max: number): value is string =>
  typeof value === 'string' &&
  value.trim() !== '' &&
  value.length <= max &&
  value.isWellFormed() &&
  !CONTROL.test(value);

/** A list of short texts, none of them twice. */
export const IsTextList = (
  { count, max, min = 0 }: { count: number; max: number; min?: number },
  { each = false } = {},
) =>
  ValidateBy(
    {
      name: 'isTextList',
      validator: {
        validate: (list: unknown) =>
          Array.isArray(list) &&
          list.length >= min &&
          list.length <= count &&
          new Set(list).size === list.length &&
          list.every((text) => isShortText(text, max)),
      },
    },
    { each, message: `must be a list of ${min} to ${count} different texts of 1 to ${max} characters.` },
  );

interface MapBounds {
  keys: number;
  max: number;
}

function IsMap(name: string, bounds: MapBounds, takes: string, valid: (value: unknown) => boolean): PropertyDecorator {
  const check = (map: unknown): boolean =>
    typeof map === 'object' &&
    map !== null &&
    !Array.isArray(map) &&
    Object.keys(map).length <= bounds.keys &&
    Object.entries(map).every(([key, value]) => isShortText(key, 50) && key !== '__proto__' && valid(value));
  return (target, property) =>
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: String(property),
      options: { message: `must be an object of at most ${bounds.keys} names (1 to 50 characters) with ${takes}.` },
      validator: { validate: check },
    });
}

/** Names with short texts. */
export const IsTextMap = (bounds: MapBounds) =>
  IsMap('isTextMap', bounds, `texts of 1 to ${bounds.max} characters`, (value) => isShortText(value, bounds.max));

/** Names with short texts, finite numbers or booleans. */
export const IsAttributes = (bounds: MapBounds) =>
  IsMap(
    'isAttributes',
    bounds,
    `texts of 1 to ${bounds.max} characters, numbers or booleans`,
    (value) => isShortText(value, bounds.max) || typeof value === 'boolean' || Number.isFinite(value),
  );

/** An http(s) URL, or a path on this server. Anything else could run in the page that shows it. */
export const isLink = (value: unknown): value is string => {
  if (!isShortText(value, 2000) || /\s/.test(value)) return false;
  if (value.startsWith('/')) return !value.startsWith('//');
  return URL.canParse(value) && ['http:', 'https:'].includes(new URL(value).protocol);
};

export const IsLink = () =>
  ValidateBy(
    { name: 'isLink', validator: { validate: isLink } },
    { message: 'must be an http(s) URL or a path that starts with "/", at most 2000 characters.' },
  );
