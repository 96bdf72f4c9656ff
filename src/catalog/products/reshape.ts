import type { FieldError } from '../../platform/index.js';
import { type OptionValues, type ProductOption, tokenOf, unknownOption, unknownValue } from './product-options.js';

/** An option as it should be, and what it was. */
export interface ReshapedOption extends ProductOption {
  /** The name it had, when it gets another one. */
  was?: string;
  /** New names of values by the old ones. */
  renamed?: Record<string, string>;
  /** For an option that is new: the value of the variants that there are; its first when left out. */
  fill?: string;
}

interface Reshaping<V> {
  kept: { of: V; values: OptionValues }[];
  dropped: V[];
  /** Combinations that no variant has, in the order of the options. Count them before. */
  missing: () => OptionValues[];
}

/**
 * What becomes of variants when the options of their product change: who keeps a combination that there still is, whose
 * is gone (or is another's already: the first one has it), and which combinations nobody has.
 */
export function reshape<V extends { optionValues: OptionValues }>(
  before: ProductOption[],
  options: ReshapedOption[],
  variants: V[],
): Reshaping<V> {
  const known = new Set(before.map(({ name }) => name));
  const held = new Set<string>();
  const kept: Reshaping<V>['kept'] = [];
  const dropped: V[] = [];
  for (const variant of variants) {
    const values = moved(variant.optionValues, options, known);
    const key = values && keyOf(values, options);
    if (values && key !== undefined && !held.has(key)) {
      held.add(key);
      kept.push({ of: variant, values });
    } else dropped.push(variant);
  }
  return { kept, dropped, missing: () => combinations(options).filter((values) => !held.has(keyOf(values, options))) };
}

/** What these options say that there is not: what they were, what their values were called and are to be, and what fills them. */
export function misnamed(before: ProductOption[], options: ReshapedOption[]): FieldError[] {
  const known = new Map(before.map((option) => [option.name, option]));
  const taken = new Set<string>();
  return options.flatMap((option, index) => {
    const { name, was: said } = option;
    const pointer = `/options/${index}`;
    const was = said ?? name;
    const old = known.get(was);
    if (!old && said !== undefined) return [unknownOption(`${pointer}/was`, before, was)];
    if (taken.has(was)) {
      const message = `"${was}" is what another of these options was.`;
      return [{ pointer: `${pointer}/${said === undefined ? 'name' : 'was'}`, code: 'duplicate', message }];
    }
    taken.add(was);
    return misnamedValues(pointer, option, old ?? { name, values: [] });
  });
}

function misnamedValues(pointer: string, option: ReshapedOption, old: ProductOption): FieldError[] {
  const { values, renamed = {}, fill } = option;
  const strays = Object.entries(renamed).flatMap(([value, called]) => {
    const at = `${pointer}/renamed/${tokenOf(value)}`;
    if (!old.values.includes(value)) return [unknownValue(at, old, value)];
    return values.includes(called) ? [] : [unknownValue(at, option, called)];
  });
  return fill === undefined || values.includes(fill)
    ? strays
    : [...strays, unknownValue(`${pointer}/fill`, option, fill)];
}

/** How many combinations there are, without making them. */
export const countCombinations = (options: ProductOption[]): number =>
  options.reduce((count, { values }) => count * values.length, 1);

/** Every combination of one value of each option, the last option's values changing fastest. */
export function combinations(options: ProductOption[]): OptionValues[] {
  return options.reduce<OptionValues[]>(
    (all, { name, values }) => all.flatMap((some) => values.map((value) => ({ ...some, [name]: value }))),
    [{}],
  );
}

/** Undefined when one of its values is no more. */
function moved(values: OptionValues, options: ReshapedOption[], known: Set<string>): OptionValues | undefined {
  const after: OptionValues = {};
  for (const { name, was = name, values: possible, renamed = {}, fill } of options) {
    const old = known.has(was) ? values[was] : (fill ?? possible[0]);
    const value = old !== undefined && known.has(was) && Object.hasOwn(renamed, old) ? renamed[old] : old;
    if (value === undefined || !possible.includes(value)) return undefined;
    after[name] = value;
  }
  return after;
}

const keyOf = (values: OptionValues, options: ProductOption[]): string =>
  JSON.stringify(options.map(({ name }) => values[name]));
