import { exponentOf, isMoment } from '../../platform/index.js';

/** Why a row cannot be taken: where, and what is wrong with it. */
export class RowRefused extends Error {
  constructor(
    readonly column: string,
    reason: string,
  ) {
    super(reason);
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const MAX_INTEGER = 1_000_000_000;

/** One row of the file, field by field; an absent column reads as empty. */
export class Fields {
  readonly columns: string[];

  constructor(private readonly record: Record<string, string>) {
    this.columns = Object.keys(record);
  }

  /** Whether the file has the column. */
  has(column: string): boolean {
    return Object.hasOwn(this.record, column);
  }

  text(column: string, max: number): string {
    const value = (this.record[column] ?? '').trim();
    if (value.length > max) throw new RowRefused(column, `has ${value.length} characters, at most ${max} are possible`);
    if (value.includes('\ufffd')) throw new RowRefused(column, 'is not UTF-8: save the file in UTF-8');
    if (CONTROL.test(value) || !value.isWellFormed())
      throw new RowRefused(column, 'has control characters or broken Unicode');
    return value;
  }

  required(column: string, max: number): string {
    const value = this.text(column, max);
    if (value === '') throw new RowRefused(column, 'is empty');
    return value;
  }

  /** Minor units of `currency`; null when empty. "879.99" USD is 87999. */
  amount(column: string, currency: string): number | null {
    const value = this.text(column, 30);
    if (value === '') return null;
    const [, whole = '', decimals = ''] = /^(\d{1,12})(?:\.(\d+))?$/.exec(value) ?? [];
    if (whole === '') throw new RowRefused(column, `"${value}" is not an amount such as 19.99`);
    const exponent = exponentOf(currency);
    if (/[1-9]/.test(decimals.slice(exponent))) {
      throw new RowRefused(column, `"${value}" has more decimals than ${currency} has (${exponent})`);
    }
    const minor = Number(whole + decimals.slice(0, exponent).padEnd(exponent, '0'));
    if (minor > 999_999_999_999) throw new RowRefused(column, `"${value}" is too large`);
    return minor;
  }

  count(column: string): number | null {
    const value = this.text(column, 30);
    if (value === '') return null;
    if (!/^\d{1,10}$/.test(value) || Number(value) > MAX_INTEGER) {
      throw new RowRefused(column, `"${value}" is not a whole number from 0 to ${MAX_INTEGER}`);
    }
    return Number(value);
  }

  /** RFC 3339; null when empty. */
  time(column: string): Date | null {
    const value = this.text(column, 40);
    if (value === '') return null;
    if (!isMoment(value)) throw new RowRefused(column, `"${value}" is not a time such as 2026-05-04T12:30:00Z`);
    return new Date(value);
  }

  flag(column: string): boolean | null {
    const value = this.text(column, 10).toLowerCase();
    if (value === '') return null;
    if (!['true', 'false'].includes(value)) throw new RowRefused(column, `"${value}" is neither TRUE nor FALSE`);
    return value === 'true';
  }

  /** A measure in the unit that another column names, as a whole number of the smallest; null when empty. */
  measure(column: string, unitColumn: string, units: Record<string, number>): number | null {
    const value = this.text(column, 30);
    if (value === '') return null;
    const unit = this.text(unitColumn, 10).toLowerCase();
    const factor = units[unit];
    if (factor === undefined) throw new RowRefused(unitColumn, `"${unit}" is none of ${Object.keys(units).join(', ')}`);
    const measure = /^\d{1,9}(\.\d+)?$/.test(value) ? Math.round(Number(value) * factor) : Number.NaN;
    if (!(measure <= MAX_INTEGER)) throw new RowRefused(column, `"${value}" is not a measure such as 11.8`);
    return measure;
  }
}
