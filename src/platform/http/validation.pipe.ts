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
    return type === 'query' ? this.query(metatype, value) : this.check(metatype, value, '/');
  }

  /** Queries repeat: one that was fine before is fine again. */
  private async query(metatype: Type, value: unknown): Promise<unknown> {
    const seen = this.seenBy(metatype);
    const key = JSON.stringify(value);
    const known = seen.get(key);
    if (known) return known;
    const checked = Object.freeze(await this.check(metatype, { ...((value as object | undefined) ?? {}) }, '?'));
    if (key.length <= MAX_REMEMBERED) seen.set(key, checked);
    return checked;
  }

  private seenBy(metatype: Type): LRUCache<string, object> {
    const seen = this.seen.get(metatype) ?? new LRUCache<string, object>({ max: 500 });
    this.seen.set(metatype, seen);
    return seen;
  }

  private async check(metatype: Type, given: unknown, prefix: string): Promise<object> {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      throw new MalformedRequest('The body must be a JSON object.');
    }
    const instance = plainToInstance(metatype, given, { exposeUnsetFields: false }) as object;
    refuse(misfits(given, instance, prefix));
    const found = await validate(instance, {
      forbidUnknownValues: false,
      stopAtFirstError: true,
      validationError: { target: false, value: false },
    });
    refuse(found.flatMap((error) => flatten(error, prefix)));
    return instance;
  }
}

function refuse(all: FieldError[]): void {
  if (all.length === 0) return;
  const unknown = all.filter((error) => error.code === 'unknown');
  throw unknown.length > 0
    ? new UnknownProperty(unknown.slice(0, MAX_ERRORS))
    : new ValidationFailed(all.slice(0, MAX_ERRORS));
}

function flatten(error: ValidationError, prefix: string): FieldError[] {
  const pointer = `${prefix}${error.property.slice(0, 100)}`;
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    pointer,
    code: snake(rule),
    message: sentence(message, error.property),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => flatten(child, `${pointer}/`))];
}

const snake = (name: string): string => name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();

/** class-validator starts its messages with the property; the pointer says that already. */
function sentence(message: string, property: string): string {
  const text = message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
  return text.endsWith('.') ? text : `${text}.`;
}
