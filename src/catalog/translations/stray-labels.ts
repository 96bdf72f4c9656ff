import type { FieldError } from '../../platform/index.js';
import type { Translation } from '../products/product.entity.js';
import { type ProductOption, tokenOf, unknownOption, unknownValue } from '../products/product-options.js';

/** Labels of options and values that are not among these: nobody would ever see them. */
export function strayLabels(options: ProductOption[], labels: Translation['options'] = {}): FieldError[] {
  const known = new Map(options.map((option) => [option.name, option]));
  return Object.entries(labels).flatMap(([name, { values = {} }]) => {
    const pointer = `/options/${tokenOf(name)}`;
    const option = known.get(name);
    if (!option) return [unknownOption(pointer, options, name)];
    const strays = Object.keys(values).filter((value) => !option.values.includes(value));
    return strays.map((value) => unknownValue(`${pointer}/values/${tokenOf(value)}`, option, value));
  });
}
