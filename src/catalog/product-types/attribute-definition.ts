import type { FieldError } from '../../platform/index.js';
import type { Attributes } from '../products/product.entity.js';

export const ATTRIBUTE_KINDS = ['text', 'number', 'boolean', 'choice', 'date'] as const;
export type AttributeKind = (typeof ATTRIBUTE_KINDS)[number];

/** What products of a type say about themselves, and how. */
export interface AttributeDefinition {
  /** Its name in `attributes`. */
  code: string;
  /** What people call it. */
  name: string;
  kind: AttributeKind;
  /** Of numbers, such as "cm". */
  unit: string | null;
  /** What may be chosen. */
  choices: string[];
  /** Active products must have it. */
  required: boolean;
  filterable: boolean;
  searchable: boolean;
}

/** What is wrong with these attributes. Required ones may be missing as long as the product is not complete. */
export function attributeErrors(
  definitions: AttributeDefinition[],
  attributes: Attributes,
  complete: boolean,
): FieldError[] {
  const known = new Map(definitions.map((definition) => [definition.code, definition]));
  const wrong = Object.entries(attributes).flatMap(([code, value]) => {
    const definition = known.get(code);
    const message = definition ? misfit(definition, value) : `is none of its type: ${[...known.keys()].join(', ')}.`;
    return message === undefined ? [] : [fault(code, definition ? 'attribute_kind' : 'unknown_attribute', message)];
  });
  const missing = definitions
    .filter(({ code, required }) => complete && required && !Object.hasOwn(attributes, code))
    .map(({ code, name }) => fault(code, 'required', `is required of active products: ${name}.`));
  return [...wrong, ...missing];
}

const fault = (code: string, problem: string, message: string): FieldError => ({
  pointer: `/attributes/${code.replaceAll('~', '~0').replaceAll('/', '~1')}`,
  code: problem,
  message,
});

function misfit({ kind, unit, choices }: AttributeDefinition, value: string | number | boolean): string | undefined {
  if (kind === 'number') {
    return typeof value === 'number' ? undefined : `must be a number${unit === null ? '' : ` (in ${unit})`}.`;
  }
  if (kind === 'boolean') return typeof value === 'boolean' ? undefined : 'must be true or false.';
  if (typeof value !== 'string') return 'must be a text.';
  if (kind === 'choice') return choices.includes(value) ? undefined : `must be one of ${choices.join(', ')}.`;
  return kind !== 'date' || isDate(value) ? undefined : 'must be a day such as 2026-05-04.';
}

/** RFC 3339 full-date, of a day that there is. */
function isDate(value: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}
