import type { Caller } from '../http/access.js';

interface Declared {
  name: string;
  method: string;
  last?: boolean;
}

const GIVES = Symbol('gives personal data');
const ERASES = Symbol('erases personal data');

function declare(kind: symbol, target: object, declared: Declared): void {
  const own = (Reflect.getOwnMetadata(kind, target) ?? []) as Declared[];
  Reflect.defineMetadata(kind, [...own, declared], target);
}

/** On a provider's method: gives what its module knows of a person, for the copy that they may ask for (GDPR art. 15). */
export function PersonalData(name: string) {
  return (target: object, method: string, _: TypedPropertyDescriptor<(userId: string) => Promise<unknown>>): void =>
    declare(GIVES, target, { name, method });
}

/**
 * On a provider's method: takes out what its module knows of a person, in the transaction of all that do (GDPR art. 17).
 * It may refuse by throwing: then nothing is erased. It is asked again later, when the account is gone. `last` is for the
 * account itself, by which the others know whom. `by` is who asked for it, when it is not that person.
 */
export function Erases(name: string, { last = false } = {}) {
  return (
    target: object,
    method: string,
    _: TypedPropertyDescriptor<(userId: string, by?: Caller) => Promise<void>>,
  ): void => declare(ERASES, target, { name, method, last });
}

export const givenBy = (prototype: object): Declared[] => (Reflect.getMetadata(GIVES, prototype) ?? []) as Declared[];
export const erasedBy = (prototype: object): Declared[] => (Reflect.getMetadata(ERASES, prototype) ?? []) as Declared[];
