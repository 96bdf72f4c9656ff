import { generateSync } from 'otplib';
import type { Person, TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { verifyEmail } from './external.js';

export interface Enrolled extends Person {
  /** Of the authenticator app. */
  secret: string;
  recoveryCodes: string[];
}

/** A new shopper whose address is verified: nobody else adds a second factor. */
export async function owner(app: TestApp): Promise<Person> {
  const shopper = await app.shopper();
  await verifyEmail(app, shopper);
  return shopper;
}

/** What the authenticator app shows, so many codes from now. */
export const codeOf = ({ secret }: { secret: string }, steps = 0): string =>
  generateSync({ secret, epoch: Math.floor(Date.now() / 1000) + steps * 30 });

/** A code that is never right. */
export function wrongCodeOf(person: { secret: string }): string {
  const right = [-2, -1, 0, 1, 2].map((steps) => codeOf(person, steps));
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !right.includes(code))!;
}

/** The person with an authenticator app, and with tokens of now; their address is verified for that. */
export async function enrol(app: TestApp, person: Person): Promise<Enrolled> {
  await verifyEmail(app, person);
  const begun = await app.as(person).post('/v1/auth/mfa/totp');
  const { secret } = begun.body;
  const { status, body } = await app.as(person).post('/v1/auth/mfa/totp/confirmation', { code: codeOf({ secret }) });
  if (status !== 200) throw new Error(JSON.stringify(body));
  await forgetCodes(app, person);
  const refreshed = await app.anyone.post('/v1/auth/refresh', { refreshToken: person.refreshToken });
  return { ...person, ...refreshed.body, secret, recoveryCodes: body.recoveryCodes };
}

/** As if no code had been used yet: tests need more than one in 30 s. */
export async function forgetCodes(app: TestApp, { id }: Pick<Person, 'id'>): Promise<void> {
  await app.db.query('UPDATE auth.totp_factors SET last_step = 0 WHERE user_id = $1', [id]);
}

/** The answer to the right password. */
export const halfSignIn = (app: TestApp, { email, password }: Person): Promise<Answer> =>
  app.anyone.post('/v1/auth/login', { email, password });

export const mfaTokenOf = async (app: TestApp, person: Person): Promise<string> =>
  (await halfSignIn(app, person)).body.mfaToken;

export const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
