import { getMetadataStorage } from 'class-validator';
import type { TextBounds } from '../http/text.validator.js';
import type { Schema } from './schemas.js';

/** As much of a rule as is needed here; class-validator does not export the type. */
interface Rule {
  name?: string | undefined;
  propertyName: string;
  each: boolean;
  constraints: unknown[] | undefined;
}

type Spell = (constraints: unknown[]) => Schema;

const number = (value: unknown): number => Number(value);

/** How a rule is spelt in JSON Schema. The compiler plugin knows class-validator's own only, and no constants. */
const SPELLINGS: Record<string, Spell> = {
  isText: ([bounds]) => {
    const { min = 1, max } = bounds as TextBounds;
    return { minLength: min, maxLength: max };
  },
  isLink: () => ({ minLength: 1, maxLength: 2000 }),
  minLength: ([min]) => ({ minLength: number(min) }),
  maxLength: ([max]) => ({ maxLength: number(max) }),
  isLength: ([min, max]) => ({ minLength: number(min), maxLength: number(max) }),
  matches: ([pattern]) => (pattern instanceof RegExp && pattern.flags === '' ? { pattern: pattern.source } : {}),
  min: ([least]) => ({ minimum: number(least) }),
  max: ([most]) => ({ maximum: number(most) }),
  notEquals: ([value]) => ({ not: { const: value } }),
  arrayMinSize: ([min]) => ({ minItems: number(min) }),
  arrayMaxSize: ([max]) => ({ maxItems: number(max) }),
};

/** The rules of each request class, as far as a schema can say them, added to its schema. */
export function addBounds(schemas: Record<string, Schema>): void {
  for (const [type, rules] of rulesByClass()) {
    const properties = schemas[type.name]?.properties;
    if (!properties) continue;
    for (const rule of [...rules, ...inherited(type)]) bound(properties[rule.propertyName], rule);
  }
}

function bound(property: Schema | undefined, { name, each, constraints }: Rule): void {
  const spell = name === undefined ? undefined : SPELLINGS[name];
  if (!property || !spell) return;
  const schema = each ? property.items : property;
  if (schema?.type === undefined) return;
  for (const [keyword, value] of Object.entries(spell(constraints ?? []))) schema[keyword] ??= value;
}

/** class-validator looks rules up by class; nothing else lists the classes that have any. */
function rulesByClass(): Map<() => void, Rule[]> {
  return (getMetadataStorage() as unknown as { validationMetadatas: Map<() => void, Rule[]> }).validationMetadatas;
}

const inherited = (type: () => void): Rule[] =>
  getMetadataStorage().getTargetValidationMetadatas(type, '', true, false);
