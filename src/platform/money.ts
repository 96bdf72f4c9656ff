import { registerDecorator, type ValidationOptions } from 'class-validator';
import { codes, code as currencyByCode } from 'currency-codes';

/** Integer minor units with an ISO 4217 code: 1999 EUR is 19.99 €. The shape of money in events and JSON columns. */
export interface MoneyJson {
  amount: number;
  currency: string;
}

/** The largest amount a request may name, in minor units: far below 2^53, so that sums stay exact. */
export const MAX_AMOUNT = 999_999_999_999;

// ISO 4217 lists codes for metals, testing and accounting units that nobody pays with.
const NOT_MONEY = new Set(['XXX', 'XTS', 'XAU', 'XAG', 'XPT', 'XPD', 'XBA', 'XBB', 'XBC', 'XBD', 'XDR', 'XSU', 'XUA']);
const exponents = new Map<string, number>(
  codes()
    .filter((code) => !NOT_MONEY.has(code))
    .map((code) => [code, currencyByCode(code)?.digits ?? 2]),
);

export function isCurrency(code: unknown): code is string {
  return typeof code === 'string' && exponents.has(code);
}

/** Decimals of the currency's minor unit: 2 for EUR, 0 for JPY, 3 for KWD (ISO 4217). */
export function exponentOf(currency: string): number {
  const exponent = exponents.get(currency);
  if (exponent === undefined) throw new RangeError(`${currency} is not an ISO 4217 currency.`);
  return exponent;
}

/** Validates an ISO 4217 alphabetic code in upper case. */
export function IsCurrency(options?: ValidationOptions): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isCurrency',
      target: target.constructor,
      propertyName: String(property),
      options: { message: 'must be an ISO 4217 currency code such as EUR.', ...options },
      validator: { validate: isCurrency },
    });
}

/** numerator / denominator, halves away from zero; both as exact integers. */
export function roundHalfUp(numerator: bigint, denominator: bigint): bigint {
  if (denominator <= 0n) throw new RangeError('The denominator must be positive.');
  const negative = numerator < 0n;
  const magnitude = negative ? -numerator : numerator;
  const rounded = (magnitude * 2n + denominator) / (denominator * 2n);
  return negative ? -rounded : rounded;
}

/** Splits `total` in proportion to `weights`, whole units each, with nothing lost: the largest remainders get the rest. */
export function allocate(total: number, weights: number[]): number[] {
  const sum = weights.reduce((all, weight) => all + BigInt(weight), 0n);
  if (sum === 0n) return weights.map(() => 0);
  const sign = total < 0 ? -1 : 1;
  const magnitude = BigInt(Math.abs(total));
  const shares = weights.map((weight, index) => {
    const exact = magnitude * BigInt(weight);
    return { index, whole: exact / sum, rest: exact % sum };
  });
  let left = magnitude - shares.reduce((all, share) => all + share.whole, 0n);
  for (const share of [...shares].sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1))) {
    if (left === 0n) break;
    share.whole += 1n;
    left -= 1n;
  }
  return shares.map((share) => sign * Number(share.whole) || 0);
}
