import { isPostalCode } from 'class-validator';

/** Where mail does not arrive without it (the addressing guides of the Universal Postal Union). */
const REGION_NEEDED = new Set(['AU', 'BR', 'CA', 'CN', 'IN', 'JP', 'MX', 'US']);

/** A right code of each country whose codes are checked: for the words of the refusal, and proof that the rule is known. */
const EXAMPLES = new Map(
  Object.entries({
    ...{ AT: '1010', AU: '2000', BE: '1000', BG: '1000', BR: '01310-100', CA: 'K1A 0B1', CH: '3000', CN: '100000' },
    ...{ CZ: '110 00', DE: '10115', DK: '1050', EE: '10111', ES: '28001', FI: '00100', FR: '75001', GB: 'SW1A 1AA' },
    ...{ GR: '104 31', HR: '10000', HU: '1011', ID: '10110', IN: '110001', IT: '00118', JP: '100-0001', KR: '03051' },
    ...{ LI: '9490', LT: 'LT-01100', LU: '1009', LV: 'LV-1010', MX: '01000', MY: '50000', NL: '1011 AB', NO: '0150' },
    ...{ NZ: '6011', PL: '00-001', PT: '1000-001', RO: '010011', RU: '101000', SE: '111 20', SG: '018956', SI: '1000' },
    ...{ SK: '811 01', TH: '10100', TN: '1000', TW: '100', UA: '01001', US: '10001', ZA: '0001', IL: '9100001' },
  }),
);

/** What a postal code of the country looks like; undefined where any is taken, because the country has none or we do not know. */
export const exampleOf = (country: string): string | undefined => EXAMPLES.get(country);

export const needsRegion = (country: string): boolean => REGION_NEEDED.has(country);

/** Patterns are those of validator.js. */
export function fitsCountry(postalCode: string, country: string): boolean {
  return !EXAMPLES.has(country) || isPostalCode(postalCode.trim().toUpperCase(), country as never);
}
