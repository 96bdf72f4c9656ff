/** A category of the demo shop. */
export interface DemoCategory {
  slug: string;
  name: string;
  description: string;
  children?: Omit<DemoCategory, 'children'>[];
}

/** A product of the demo shop. */
export interface DemoProduct {
  name: string;
  category: string;
  description: string;
  tags: string[];
  attributes: Record<string, string | number | boolean>;
  /** What the variants differ in; left out, there is one. */
  option?: string;
  /** Value of the option, price in euro cents, price in US cents, how many are on hand. */
  variants: [value: string, eur: number, usd: number, stock: number][];
  /** Prices of all variants in currencies with 0 and 3 decimals, in minor units. */
  jpy?: number;
  kwd?: number;
  /** What it cost before, in euro cents and US cents. */
  before?: [eur: number, usd: number];
  backorderable?: boolean;
}
