import type { FieldError } from '../../platform/index.js';
import type { Attributes, Product, Translation } from '../products/product.entity.js';
import { listed, type ProductOption, tokenOf, unknownOption, unknownValue } from '../products/product-options.js';

/** Labels of options, values and attributes that the product does not have: there is nothing that they tell. */
export function strayLabels({ options, attributes }: Product, translation: Translation): FieldError[] {
  return [...strayOptions(options, translation.options), ...strayAttributes(attributes, translation.attributes)];
}

function strayOptions(options: ProductOption[], labels: Translation['options'] = {}): FieldError[] {
  const known = new Map(options.map((option) => [option.name, option]));
  return Object.entries(labels).flatMap(([name, { values = {} }]) => {
    const pointer = `/options/${tokenOf(name)}`;
    const option = known.get(name);
    if (!option) return [unknownOption(pointer, options, name)];
    const strays = Object.keys(values).filter((value) => !option.values.includes(value));
    return strays.map((value) => unknownValue(`${pointer}/values/${tokenOf(value)}`, option, value));
  });
}

function strayAttributes(attributes: Attributes, labels: Translation['attributes'] = {}): FieldError[] {
  const codes = Object.keys(attributes);
  const strays = Object.keys(labels).filter((code) => !codes.includes(code));
  return strays.map((code) => ({
    pointer: `/attributes/${tokenOf(code)}`,
    code: 'unknown_attribute',
    message: `the product has no attribute "${code}"; it has ${listed(codes.sort())}.`,
  }));
}
