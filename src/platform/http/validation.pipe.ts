import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { type ValidationError, validate } from 'class-validator';
import { LRUCache } from 'lru-cache';
import { MalformedRequest, UnknownProperty, ValidationFailed } from '../errors/problems.js';
import type { FieldError } from '../errors/refusal.js';
import { MAX_ERRORS, misfits } from './shape.js';

const PRIMITIVES = new Set<unknown>([String, Number, Boolean, Array, Object, Buffer]);
/** Characters; longer queries are checked each time. */
const MAX_REMEMBERED = 500;

/** Strict: unknown keys are refused by name, wrong values are all listed, nothing is converted silently. */
@Injectable()
export class ValidationPipe implements PipeTransform {
  private readonly seen = new Map<Type, LRUCache<string, object>>();

  async transform(value: unknown, { type, metatype }: ArgumentMetadata): Promise<unknown> {
    if ((type !== 'body' && type !== 'query') || !metatype || PRIMITIVES.has(metatype)) return value;
    // No body says as much as an empty one: where nothing is required, nothing need be sent.
    return type === 'query'
      ? this.query(metatype, value)
      : checkedAs<object>(metatype, value === undefined ? {} : value);
  }

  /** Queries repeat: one that was fine before is fine again. */
  private async query(metatype: Type, value: unknown): Promise<unknown> {
    const seen = this.seenBy(metatype);
    const key = JSON.stringify(value);
    const known = seen.get(key);
    if (known) return known;
    const checked = Object.freeze(await checkedAs<object>(metatype, { ...((value as object | undefined) ?? {}) }, '?'));
    if (key.length <= MAX_REMEMBERED) seen.set(key, checked);
    return checked;
  }

  private seenBy(metatype: Type): LRUCache<string, object> {
    const seen = this.seen.get(metatype) ?? new LRUCache<string, object>({ max: 500 });
    this.seen.set(metatype, seen);
    return seen;
  }
}

/**
 * The value as an instance of its class.
 * @throws {MalformedRequest} {UnknownProperty} {ValidationFailed} with a pointer to each thing that is wrong.
 */
export async function checkedAs<T extends object>(metatype: Type<T>, given: unknown, prefix = '/'): Promise<T> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new MalformedRequest('The body must be a JSON object.');
  }
  const instance = plainToInstance(metatype, given, { exposeUnsetFields: false });
  const misfitting = misfits(given, instance, prefix);
  const unknown = misfitting.filter(({ code }) => code === 'unknown');
  if (unknown.length > 0) throw new UnknownProperty(unknown.slice(0, MAX_ERRORS));
  // Rules for text take it for granted that it is text.
  if (misfitting.some(({ code }) => code === 'is_text')) throw new ValidationFailed(misfitting.slice(0, MAX_ERRORS));
  const found = await validate(instance, { forbidUnknownValues: false, validationError: { target: false } });
  const breaches = found.flatMap((error) => flatten(error, prefix));
  const beside = breaches.filter(({ pointer }) => !misfitting.some((other) => within(pointer, other.pointer)));
  const wrong = [...misfitting, ...beside];
  if (wrong.length > 0) throw new ValidationFailed(wrong.slice(0, MAX_ERRORS));
  return instance;
}

const within = (pointer: string, outer: string): boolean => pointer === outer || pointer.startsWith(`${outer}/`);

/** One error for each property: the first thing to mend. */
function flatten({ property, value, constraints = {}, children = [] }: ValidationError, prefix: string): FieldError[] {
  const pointer = `${prefix}${property.slice(0, 100)}`;
  const [rule] = Object.keys(constraints).sort((a, b) => rank(a) - rank(b));
  const inner = children.flatMap((child) => flatten(child, `${pointer}/`));
  if (rule === undefined) return inner;
  if (value === undefined) {
    const why = Object.values(constraints).find((message) => message.startsWith('is needed'));
    return [{ pointer, code: 'required', message: why ?? 'is required.' }, ...inner];
  }
  const message = WORDING[rule] ?? sentence(constraints[rule] ?? '', property);
  return [{ pointer, code: snake(rule), message }, ...inner];
}

/** What kind of thing it is comes before how large it is: text is not "greater than 999". */
const rank = (rule: string): number => (rule.startsWith('is') ? 0 : rule === 'matches' ? 1 : 2);

/** Where class-validator speaks of TypeScript. */
const WORDING: Record<string, string> = {
  isArray: 'must be a list.',
  isBoolean: 'must be true or false.',
  isInt: 'must be a whole number.',
  isString: 'must be text.',
};

const snake = (name: string): string => name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();

/** class-validator starts its messages with the property; the pointer says that already. */
function sentence(message: string, property: string): string {
  const text = message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
  return text.endsWith('.') ? text : `${text}.`;
}
