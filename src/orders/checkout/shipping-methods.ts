/** A way to ship, as configured. Amounts are integer minor units by currency. */
export interface ShippingMethod {
  code: string;
  name: string;
  /** ISO 3166-1 alpha-2 codes; none means everywhere. */
  countries?: string[];
  prices: Record<string, number>;
  /** From this subtotal on it costs nothing. */
  freeFrom?: Record<string, number>;
}

export interface Quote {
  code: string;
  name: string;
  amount: number;
  /** The subtotal that made it free, when it is. */
  freeFrom: number | null;
}

/** The methods that can ship this, cheapest first. Without a country those that ship everywhere. */
export function quotes(methods: ShippingMethod[], currency: string, subtotal: number, country?: string): Quote[] {
  return methods
    .filter(({ countries, prices }) => prices[currency] !== undefined && serves(countries, country))
    .map(({ code, name, prices, freeFrom }) => {
      const threshold = freeFrom?.[currency];
      const free = threshold !== undefined && subtotal >= threshold;
      return { code, name, amount: free ? 0 : (prices[currency] ?? 0), freeFrom: free ? threshold : null };
    })
    .sort((a, b) => a.amount - b.amount || a.code.localeCompare(b.code));
}

const serves = (countries: string[] | undefined, country: string | undefined): boolean =>
  countries === undefined || country === undefined || countries.includes(country);

/** @throws {SyntaxError} */
export function parseShippingMethods(text: string): ShippingMethod[] {
  const methods: unknown = JSON.parse(text);
  if (!Array.isArray(methods) || methods.length === 0 || !methods.every(isMethod)) throw new SyntaxError(text);
  if (new Set(methods.map(({ code }) => code)).size !== methods.length) throw new SyntaxError(text);
  return methods;
}

function isMethod(value: unknown): value is ShippingMethod {
  const { code, name, countries, prices, freeFrom, ...rest } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof code === 'string' &&
    /^[\w-]{1,50}$/.test(code) &&
    typeof name === 'string' &&
    name.length > 0 &&
    (countries === undefined ||
      (Array.isArray(countries) && countries.every((country) => /^[A-Z]{2}$/.test(String(country))))) &&
    isAmounts(prices) &&
    (freeFrom === undefined || isAmounts(freeFrom)) &&
    Object.keys(rest).length === 0
  );
}

const isAmounts = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).every(
    ([currency, amount]) => /^[A-Z]{3}$/.test(currency) && Number.isSafeInteger(amount) && amount >= 0,
  );
