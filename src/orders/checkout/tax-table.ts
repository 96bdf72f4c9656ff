import type { TaxRate } from './totals.js';

const ANYWHERE = '*';

/** Tax rates by country, as `DE=19,FR=20,*=0` says. */
export class TaxTable {
  private constructor(private readonly rates: Map<string, TaxRate>) {}

  /** @throws {SyntaxError} */
  static parse(text: string): TaxTable {
    const rates = new Map<string, TaxRate>();
    for (const entry of text.split(',')) {
      const [, country = '', whole = '', part = ''] =
        /^\s*([A-Z]{2}|\*)=(\d{1,2})(?:\.(\d{1,3}))?\s*$/.exec(entry) ?? [];
      if (!country) throw new SyntaxError(entry);
      rates.set(country, BigInt(whole) * 1000n + BigInt(part.padEnd(3, '0')));
    }
    return new TaxTable(rates);
  }

  rateFor(country: string | undefined): TaxRate {
    return this.rates.get(country ?? ANYWHERE) ?? this.rates.get(ANYWHERE) ?? 0n;
  }
}

/** `19` for 19000n, `5.5` for 5500n: percent, as people write it. */
export function percent(rate: TaxRate): string {
  const part = (rate % 1000n).toString().padStart(3, '0').replace(/0+$/, '');
  return part ? `${rate / 1000n}.${part}` : `${rate / 1000n}`;
}
