import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';
import { type Actor, AuditLog } from '../audit/audit-log.js';
import type { ShownFactor } from '../factors/code-proofs.service.js';
import type { AuthenticationRequest } from './ceremonies.dto.js';
import { type ChallengeUse, PasskeyChallenges } from './passkey-challenges.service.js';
import { handleOf } from './passkey-options.service.js';
import type { InvalidPasskey, WrongPasskey } from './passkeys.errors.js';
import { RelyingParty } from './relying-party.js';

interface StoredPasskey {
  id: string;
  userId: string;
  publicKey: Buffer;
  counter: number;
  synced: boolean;
}

interface Asked {
  answer: AuthenticationRequest;
  use: ChallengeUse;
  /** The authenticator must have made sure who uses it: then it stands for two factors. */
  verified: boolean;
  by: Actor;
  Wrong: typeof InvalidPasskey | typeof WrongPasskey;
}

const FIND = `
  SELECT id, user_id AS "userId", public_key AS "publicKey", counter, synced
  FROM auth.passkeys WHERE credential_id = $1 AND ($2::uuid IS NULL OR user_id = $2)`;

// Of two that come with one count, one is a copy, or a repetition. Where both are 0 it does not count.
const USE = `
  UPDATE auth.passkeys SET counter = $2, last_used_at = now(), updated_at = now()
  WHERE id = $1 AND (counter < $2 OR (counter = 0 AND $2 = 0))
  RETURNING id`;

/** Whether an authenticator has signed what it was asked to. */
@Injectable()
export class PasskeyProofs {
  constructor(
    private readonly database: Database,
    private readonly challenges: PasskeyChallenges,
    private readonly party: RelyingParty,
    private readonly audit: AuditLog,
  ) {}

  /** @throws {PasskeyChallengeExpired} and what the caller wants thrown for a passkey that will not do. */
  async check(asked: Asked): Promise<ShownFactor & { userId: string }> {
    const { answer, use, by, Wrong } = asked;
    const challenge = await this.challenges.use(answer.response.clientDataJSON, use);
    const passkey = await this.find(answer, use);
    const counter = passkey && namesOwner(asked, passkey) ? await this.counterOf(asked, passkey, challenge) : undefined;
    if (!passkey || counter === undefined) {
      await this.audit.record('passkey.refused', { by, on: passkey ? subject(passkey) : ownerIn(use) });
      throw new Wrong();
    }
    if (counter < passkey.counter || (counter === passkey.counter && counter > 0)) {
      await this.audit.record('passkey.counter_went_back', { by, on: subject(passkey) });
      throw new Wrong();
    }
    return {
      userId: passkey.userId,
      methods: [passkey.synced ? 'swk' : 'hwk'],
      use: async () => {
        const used = await this.database.query(USE, [passkey.id, counter]);
        if (used.length === 0) throw new Wrong();
      },
    };
  }

  private async find({ id }: AuthenticationRequest, use: ChallengeUse): Promise<StoredPasskey | undefined> {
    const userId = use.purpose === 'sign_in' ? null : use.userId;
    const [passkey] = await this.database.query<StoredPasskey>(FIND, [Buffer.from(id, 'base64url'), userId]);
    return passkey;
  }

  /** The counter that the signature covers; undefined when it is not what was asked for. */
  private async counterOf(
    { answer, verified }: Asked,
    { publicKey }: StoredPasskey,
    challenge: string,
  ): Promise<number | undefined> {
    // Loaded when somebody has a passkey: it brings much along.
    const { verifyAuthenticationResponse } = await import('@simplewebauthn/server');
    const { clientDataJSON, authenticatorData, signature } = answer.response;
    try {
      const result = await verifyAuthenticationResponse({
        response: {
          id: answer.id,
          rawId: answer.rawId,
          type: answer.type,
          response: { clientDataJSON, authenticatorData, signature },
          clientExtensionResults: {},
        },
        expectedChallenge: challenge,
        expectedOrigin: this.party.origins,
        expectedRPID: this.party.id,
        requireUserVerification: verified,
        // The counter is compared afterwards: only what is signed says anything of it.
        credential: { id: answer.id, publicKey: new Uint8Array(publicKey), counter: 0 },
      });
      return result.verified ? result.authenticationInfo.newCounter : undefined;
    } catch {
      return undefined;
    }
  }
}

/** An authenticator that was not told for whom says for whom. */
function namesOwner({ answer, use }: Asked, { userId }: StoredPasskey): boolean {
  const { userHandle } = answer.response;
  return (use.purpose !== 'sign_in' && !userHandle) || userHandle === handleOf(userId);
}

const subject = ({ id }: StoredPasskey) => ({ type: 'passkey', id });

const ownerIn = (use: ChallengeUse) => (use.purpose === 'sign_in' ? undefined : { type: 'user', id: use.userId });
