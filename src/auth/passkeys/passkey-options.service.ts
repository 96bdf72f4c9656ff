import { Injectable } from '@nestjs/common';
import { type Caller, Database } from '../../platform/index.js';
import { FactorChanges } from '../factors/factor-changes.service.js';
import type { PendingSignIn } from '../factors/pending-sign-ins.service.js';
import { type ChallengeUse, PasskeyChallenges } from './passkey-challenges.service.js';
import type {
  CreationOptionsResponse,
  CredentialDescriptorResponse,
  RequestOptionsResponse,
} from './passkey-options.dto.js';
import { RelyingParty } from './relying-party.js';

const TIMEOUT_MS = 300_000;
/** EdDSA, ES256, RS256: what authenticators have. */
export const ALGORITHMS = [-8, -7, -257];

/** What each challenge is for. */
export const registrationOf = (caller: Caller): ChallengeUse => ({ ...ofSession(caller), purpose: 'register' });
export const stepUpOf = (caller: Caller): ChallengeUse => ({ ...ofSession(caller), purpose: 'step_up' });
export const secondFactorOf = ({ userId, hash }: PendingSignIn): ChallengeUse => ({
  purpose: 'second_factor',
  userId,
  boundTo: hash.toString('hex'),
});
export const SIGN_IN: ChallengeUse = { purpose: 'sign_in' };

const ofSession = ({ id, sessionId }: Caller) => ({ userId: id ?? '', boundTo: sessionId ?? '' });

/** What authenticators are asked. */
@Injectable()
export class PasskeyOptions {
  constructor(
    private readonly database: Database,
    private readonly challenges: PasskeyChallenges,
    private readonly party: RelyingParty,
    private readonly changes: FactorChanges,
  ) {}

  /**
   * A passkey that can be found without a user name, if the authenticator can; that verifies its user, if it can.
   * @throws {RecentSignInRequired} {EmailNotVerified}
   */
  async toRegister(caller: Caller): Promise<CreationOptionsResponse> {
    await this.changes.demandOwner(caller);
    const { id, name } = this.party;
    const userId = caller.id ?? '';
    const known = await this.known(userId);
    const email = caller.email ?? '';
    return {
      rp: { id, name },
      user: { id: handleOf(userId), name: email, displayName: email },
      challenge: await this.challenges.make(registrationOf(caller)),
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
      timeout: TIMEOUT_MS,
      excludeCredentials: known,
      authenticatorSelection: { residentKey: 'preferred', requireResidentKey: false, userVerification: 'preferred' },
      attestation: 'none',
    };
  }

  /** Any passkey, whose owner it verifies: both factors in one. */
  async toSignIn(): Promise<RequestOptionsResponse> {
    return this.request(SIGN_IN, [], 'required');
  }

  /** One of the account, beside the password. */
  async asSecondFactor(pending: PendingSignIn): Promise<RequestOptionsResponse> {
    return this.request(secondFactorOf(pending), await this.known(pending.userId), 'preferred');
  }

  async toStepUp(caller: Caller): Promise<RequestOptionsResponse> {
    return this.request(stepUpOf(caller), await this.known(caller.id ?? ''), 'required');
  }

  private async request(
    use: ChallengeUse,
    allowCredentials: CredentialDescriptorResponse[],
    userVerification: 'required' | 'preferred',
  ): Promise<RequestOptionsResponse> {
    const challenge = await this.challenges.make(use);
    return { challenge, rpId: this.party.id, timeout: TIMEOUT_MS, allowCredentials, userVerification };
  }

  private async known(userId: string): Promise<CredentialDescriptorResponse[]> {
    const rows = await this.database.query<{ credentialId: Buffer; transports: string[] }>(
      'SELECT credential_id AS "credentialId", transports FROM auth.passkeys WHERE user_id = $1 ORDER BY id',
      [userId],
    );
    return rows.map(({ credentialId, transports }) => ({
      id: credentialId.toString('base64url'),
      type: 'public-key',
      transports,
    }));
  }
}

/** How authenticators know an account: by its id, which says nothing of its owner. */
export const handleOf = (userId: string): string =>
  Buffer.from(userId.replaceAll('-', ''), 'hex').toString('base64url');
