import { getMetadataStorage } from 'class-validator';
import { closest, distance } from 'fastest-levenshtein';
import type { FieldError } from '../errors/refusal.js';

interface Shape {
  names: Set<string>;
  /** Properties that hold an object or a list of objects. */
  objects: Map<string, { optional: boolean; list: boolean }>;
}

const shapes = new Map<object, Shape>();
/** Enough to see what is wrong; nobody reads ten thousand. */
export const MAX_ERRORS = 50;

/**
 * What is wrong with a body before its rules are looked at: keys that its class does not know, text that no database
 * can store, and what should be an object or a list of objects and is not. class-validator misses these: it finds
 * `toString` in every object, takes lists and objects for each other, and skips an object that is not there.
 */
export function misfits(given: unknown, instance: unknown, prefix: string): FieldError[] {
  const found: FieldError[] = [];
  compare(given, instance, prefix, found);
  return found;
}

function compare(given: unknown, instance: unknown, pointer: string, found: FieldError[]): void {
  if (typeof given === 'string') {
    if (!isStorable(given)) found.push({ pointer, code: 'is_text', message: 'must not have NUL or broken Unicode.' });
    return;
  }
  if (typeof given !== 'object' || given === null) return;
  const shape = Array.isArray(given) ? undefined : shapeOf(instance);
  const at = (name: string) => (pointer.length === 1 ? pointer : `${pointer}/`) + escapeToken(name.slice(0, 100));
  for (const [name, value] of Object.entries(given)) {
    if (found.length >= MAX_ERRORS) return;
    if (shape && !shape.names.has(name)) {
      found.push({ pointer: at(name), code: 'unknown', message: unknownMessage(name, shape) });
    } else if (shape?.objects.has(name)) {
      const { list } = shape.objects.get(name) ?? { list: false };
      const wrong = list ? wrongList(value, at(name)) : wrongObject(value, at(name));
      found.push(...wrong);
      if (wrong.length === 0) compare(value, (instance as Record<string, unknown>)[name], at(name), found);
    } else if (!shape && !Array.isArray(given) && name in Object.prototype) {
      // class-transformer drops it without a word.
      found.push({ pointer, code: 'is_text', message: `must not use the name "${name}".` });
    } else if (isStorable(name)) {
      compare(value, (instance as Record<string, unknown> | undefined)?.[name], at(name), found);
    } else {
      found.push({ pointer, code: 'is_text', message: 'must not have keys with NUL or broken Unicode.' });
    }
  }
  for (const [name, { optional }] of shape?.objects ?? []) {
    const value = (given as Record<string, unknown>)[name];
    if (!optional && value === undefined) found.push({ pointer: at(name), code: 'required', message: 'is required.' });
  }
}

/** Null is left to the rules, which know whether it is allowed. */
function wrongObject(value: unknown, pointer: string): FieldError[] {
  if (value === null || (typeof value === 'object' && !Array.isArray(value))) return [];
  return [{ pointer, code: 'is_object', message: 'must be an object.' }];
}

function wrongList(value: unknown, pointer: string): FieldError[] {
  if (value === null) return [];
  if (!Array.isArray(value)) return [{ pointer, code: 'is_array', message: 'must be a list.' }];
  const isObject = (element: unknown) => typeof element === 'object' && element !== null && !Array.isArray(element);
  return value.flatMap((element, index) =>
    isObject(element) ? [] : [{ pointer: `${pointer}/${index}`, code: 'is_object', message: 'must be an object.' }],
  );
}

/** RFC 6901 §3. */
const escapeToken = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** PostgreSQL stores neither NUL nor half a surrogate pair. */
const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/** Undefined for what has no class of its own: its keys are free. */
function shapeOf(instance: unknown): Shape | undefined {
  const type = (Object.getPrototypeOf(instance ?? {}) as { constructor?: object } | null)?.constructor;
  return type === undefined || type === Object ? undefined : (shapes.get(type) ?? readShape(type));
}

function readShape(type: object): Shape {
  const rules = getMetadataStorage().getTargetValidationMetadatas(type as () => void, '', true, false);
  const optional = new Set(rules.flatMap((rule) => (rule.type === 'conditionalValidation' ? [rule.propertyName] : [])));
  const nested = rules.filter((rule) => rule.type === 'nestedValidation');
  const shape = {
    names: new Set(rules.map(({ propertyName }) => propertyName)),
    objects: new Map(
      nested.map(({ propertyName, each }) => [propertyName, { optional: optional.has(propertyName), list: each }]),
    ),
  };
  shapes.set(type, shape);
  return shape;
}

function unknownMessage(name: string, { names }: Shape): string {
  const shown = `"${name.slice(0, 100)}" is not known here`;
  const likely = names.size > 0 ? closest(name.slice(0, 100), [...names]) : undefined;
  const near =
    likely !== undefined &&
    distance(name.slice(0, 100).toLowerCase(), likely.toLowerCase()) <= Math.max(2, likely.length / 3);
  return near ? `${shown}; did you mean "${likely}"?` : `${shown}.`;
}
