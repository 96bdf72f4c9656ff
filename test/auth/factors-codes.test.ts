import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { newRecoveryCode, readRecoveryCode } from '#src/auth/factors/recovery-code.js';
import { newTotpSecret, provisioningUri, timeStepOf } from '#src/auth/factors/totp-codes.js';

describe('A code of an authenticator app', () => {
  afterEach(() => vi.useRealTimers());

  const at = (seconds: number): void => {
    vi.useFakeTimers({ now: seconds * 1000, toFake: ['Date'] });
  };

  // RFC 6238, appendix B, as far as six digits go; the key is "12345678901234567890".
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('is that of the RFC at %d s', (seconds, code) => {
    const step = Math.floor(seconds / 30);
    for (const [off, found] of [
      [-60, undefined],
      [-30, step],
      [0, step],
      [30, step],
      [60, undefined],
    ] as const) {
      if (seconds + off < 0) continue;
      at(seconds + off);
      expect(timeStepOf('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', code)).toBe(found);
    }
  });

  it('is six digits and nothing else', () => {
    const secret = newTotpSecret();
    for (const code of ['', '12345', '1234567', '12345a', '１２３４５６', ' 123456', '-12345', '1e5'])
      expect(timeStepOf(secret, code)).toBeUndefined();
  });

  it('comes from 160 random bits, which apps read with the names of shop and account', () => {
    expect(new Set(Array.from({ length: 100 }, newTotpSecret)).size).toBe(100);
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.emailAddress(), (shop, email) => {
        fc.pre(!shop.includes(':') && shop.isWellFormed());
        const uri = new URL(provisioningUri('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', shop, email));
        expect(uri.searchParams.get('issuer')).toBe(shop);
        expect(decodeURIComponent(uri.pathname).endsWith(`:${email}`)).toBe(true);
      }),
    );
  });
});

describe('A recovery code', () => {
  it('is read however it is typed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9 }),
        fc.boolean(),
        fc.array(fc.constantFrom(' ', '-')),
        (position, lower, gaps) => {
          const code = newRecoveryCode(position);
          expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$/);
          const bare = code.replaceAll('-', '');
          const typed = [...(lower ? bare.toLowerCase() : bare)]
            .map((letter, at) => letter + (gaps[at] ?? ''))
            .join('');
          for (const spelling of [code, typed, typed.replaceAll('0', 'o').replaceAll('1', 'l')])
            expect(readRecoveryCode(spelling)).toEqual({ position, code: bare });
        },
      ),
    );
  });

  it('is not read from anything else', () => {
    fc.assert(
      fc.property(fc.string(), (typed) => {
        fc.pre(typed.replace(/[\s-]/g, '').length !== 12);
        expect(readRecoveryCode(typed)).toBeUndefined();
      }),
    );
    for (const typed of ['AAAA-AAAA-AAAA', '0AAA-AAAA-AAAU', '0AAA-AAAA-AAA', '123456'])
      expect(readRecoveryCode(typed)).toBeUndefined();
  });
});
