import { type FieldError } from '../../platform/index.js';

/** What a shopper chooses between, such as Color with Black and White. Kept in the order it was given. */
export interface ProductOption {
  name: string;
  values: string[];
}

export type OptionValues = Record<string, string>;

/** The options that the values of these variants amount to, on top of those that are known. */
export function optionsFrom(known: ProductOption[], variants: OptionValues[]): ProductOption[] {
  const options = new Map(known.map(({ name, values }) => [name, new Set(values)]));
  for (const [name, value] of variants.flatMap((values) => Object.entries(values))) {
    options.set(name, (options.get(name) ?? new Set()).add(value));
  }
  return [...options].map(([name, values]) => ({ name, values: [...values] }));
}

/** What does not fit: a variant names one value of each option, and no others. */
export function misfits(options: ProductOption[], values: OptionValues, pointer: string): FieldError[] {
  const missing = options
    .filter(({ name }) => !Object.hasOwn(values, name))
    .map(({ name }) => ({ pointer, code: 'option_missing', message: `needs a value for the option "${name}".` }));
  const wrong = Object.entries(values).flatMap(([name, value]) => {
    const option = options.find((candidate) => candidate.name === name);
    if (!option) return [{ pointer, code: 'unknown_option', message: `the product has no option "${name}".` }];
    if (option.values.includes(value)) return [];
    return [
      {
        pointer,
        code: 'unknown_option_value',
        message: `"${value}" is none of the values of "${name}": ${option.values.join(', ')}.`,
      },
    ];
  });
  return [...missing, ...wrong];
}

/** That something names an option that the product does not have. */
export const unknownOption = (pointer: string, options: ProductOption[], name: string): FieldError => ({
  pointer,
  code: 'unknown_option',
  message: `the product has no option "${name}"; it has ${listed(options.map((option) => option.name))}.`,
});

/** The same of a value. */
export const unknownValue = (pointer: string, { name, values }: ProductOption, value: string): FieldError => ({
  pointer,
  code: 'unknown_option_value',
  message: `"${name}" has no value "${value}"; it has ${listed(values)}.`,
});

/** As a part of a JSON Pointer (RFC 6901 §3). */
export const tokenOf = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** For people. */
export const listed = (names: string[]): string =>
  names.length > 0 ? names.map((name) => `"${name}"`).join(', ') : 'none';

/** "Black / Large", in the order of the options; "Default" when there is nothing to choose. */
export function titleOf(options: ProductOption[], values: OptionValues): string {
  const named = options.flatMap(({ name }) => values[name] ?? []);
  return named.length > 0 ? named.join(' / ') : 'Default';
}

/** The same combination twice could not be told apart; variants without any options can, by their titles. */
export const sameValues = (a: OptionValues, b: OptionValues): boolean => {
  const names = Object.keys(a);
  return names.length > 0 && names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
};
