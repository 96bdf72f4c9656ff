import { ValidateBy } from 'class-validator';
import type { Translation } from '../products/product.entity.js';

/** BCP 47: language, perhaps script, perhaps region, in their usual case. */
export const LOCALE = /^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?$/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

const isText = (value: unknown, max: number): boolean =>
  typeof value === 'string' &&
  value.trim() !== '' &&
  value.length <= max &&
  value.isWellFormed() &&
  !CONTROL.test(value);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isMapOf = (value: unknown, count: number, is: (value: unknown) => boolean): boolean =>
  isObject(value) &&
  Object.keys(value).length <= count &&
  Object.entries(value).every(([key, each]) => isText(key, 100) && key !== '__proto__' && is(each));
const has = (value: Record<string, unknown>, known: Record<string, (value: unknown) => boolean>): boolean =>
  Object.entries(value).every(([key, each]) => Object.hasOwn(known, key) && (each === undefined || known[key]?.(each)));

/** What an option and its values are called. */
export const isOptionLabels = (value: unknown): boolean =>
  isMapOf(
    value,
    5,
    (option) =>
      isObject(option) &&
      has(option, {
        name: (name) => isText(name, 50),
        values: (values) => isMapOf(values, 100, (label) => isText(label, 100)),
      }),
  );

export const isAttributeLabels = (value: unknown): boolean => isMapOf(value, 50, (text) => isText(text, 500));

const isTranslation = (value: unknown): value is Translation =>
  isObject(value) &&
  has(value, {
    name: (name) => isText(name, 200),
    description: (text) => isText(text, 20_000),
    seo: (seo) =>
      isObject(seo) &&
      has(seo, {
        title: (title) => title === null || isText(title, 200),
        description: (text) => text === null || isText(text, 500),
      }),
    options: isOptionLabels,
    attributes: isAttributeLabels,
  });

/** Translations by locale, as exports write them. */
export const IsTranslations = () =>
  ValidateBy(
    {
      name: 'isTranslations',
      validator: {
        validate: (value: unknown) =>
          isMapOf(value, 50, isTranslation) && Object.keys(value as object).every((locale) => LOCALE.test(locale)),
      },
    },
    { message: 'must be translations (name, description, seo, options, attributes) by locale such as de or pt-BR.' },
  );
