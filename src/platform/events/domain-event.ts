import type { Type } from '@nestjs/common';

const types = new Map<unknown, string>();

/**
 * Names an event as it stands in the log and the feed: `module.what_happened`. Its constructor parameters are its
 * payload, all of them public, all ids, strings, integers, booleans, or plain lists and objects of those.
 */
export function DomainEvent(type: `${string}.${string}`): ClassDecorator {
  return (target) => {
    types.set(target, type);
  };
}

export function typeOf(event: object | Type): string {
  const target = typeof event === 'function' ? event : event.constructor;
  const type = types.get(target);
  if (!type) throw new Error(`${target.name} has no @DomainEvent().`);
  return type;
}

interface Listening {
  event: Type;
  method: string;
  batch: boolean;
}

const LISTENERS = Symbol('listeners');

/**
 * Handles an event after its transaction has committed: at least once, in a transaction of its own, so it must be safe
 * to repeat. A method whose parameter is of another type does not compile.
 */
export function On<E extends object>(event: Type<E>) {
  return (target: object, method: string, _: TypedPropertyDescriptor<(event: E) => Promise<void>>): void => {
    listen(target, { event, method, batch: false });
  };
}

/**
 * Like {@link On}, for listeners that have many events to handle at once: those that came together come as a list, and
 * the listener opens its own transactions. Should it fail, each event comes again on its own, so that a bad one does not
 * hold up the others.
 */
export function OnBatch<E extends object>(event: Type<E>) {
  return (target: object, method: string, _: TypedPropertyDescriptor<(events: E[]) => Promise<void>>): void => {
    listen(target, { event, method, batch: true });
  };
}

function listen(target: object, listening: Listening): void {
  const own = (Reflect.getOwnMetadata(LISTENERS, target) ?? []) as Listening[];
  Reflect.defineMetadata(LISTENERS, [...own, listening], target);
}

export function listenersOf(prototype: object): Listening[] {
  return (Reflect.getMetadata(LISTENERS, prototype) ?? []) as Listening[];
}
