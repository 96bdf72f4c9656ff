import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';
import { hashOf } from '../sessions/tokens.js';
import { PasskeyChallengeExpired } from './passkeys.errors.js';

/** What a challenge is good for: nothing else, no other account, no other session or sign-in. */
export type ChallengeUse =
  | { purpose: 'sign_in' }
  | { purpose: 'register' | 'step_up' | 'second_factor'; userId: string; boundTo: string };

const MAKE = `
  INSERT INTO auth.passkey_challenges (hash, purpose, user_id, bound_to, expires_at)
  VALUES ($1, $2, $3, $4, now() + interval '5 minutes')`;

const USE = `
  DELETE FROM auth.passkey_challenges
  WHERE hash = $1 AND purpose = $2 AND user_id IS NOT DISTINCT FROM $3 AND bound_to IS NOT DISTINCT FROM $4
    AND expires_at > now()
  RETURNING hash`;

/** What authenticators are asked to sign. */
@Injectable()
export class PasskeyChallenges {
  constructor(private readonly database: Database) {}

  async make(use: ChallengeUse): Promise<string> {
    const challenge = randomBytes(32).toString('base64url');
    await this.database.query(MAKE, [hashOf(challenge), ...valuesOf(use)]);
    return challenge;
  }

  /**
   * Uses it up, whatever comes of it: of many at once, one goes on.
   * @throws {PasskeyChallengeExpired}
   */
  async use(clientDataJSON: string, use: ChallengeUse): Promise<string> {
    const challenge = challengeIn(clientDataJSON);
    const used = challenge === undefined ? [] : await this.database.query(USE, [hashOf(challenge), ...valuesOf(use)]);
    if (challenge === undefined || used.length === 0) throw new PasskeyChallengeExpired();
    return challenge;
  }
}

function valuesOf(use: ChallengeUse): [string, string | null, string | null] {
  return use.purpose === 'sign_in' ? [use.purpose, null, null] : [use.purpose, use.userId, use.boundTo];
}

/** Which challenge the client says it has answered; whether it has is for the signature to say. */
function challengeIn(clientDataJSON: string): string | undefined {
  try {
    const data = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString()) as { challenge?: unknown } | null;
    return typeof data?.challenge === 'string' ? data.challenge : undefined;
  } catch {
    return undefined;
  }
}
