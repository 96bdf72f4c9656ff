import { Injectable } from '@nestjs/common';
import { renderSVG } from 'uqr';
import { type Caller, Database, NotSignedIn, refusing, SecretBox } from '../../platform/index.js';
import { FactorChanges } from './factor-changes.service.js';
import { TotpActive, TotpNotBegun, WrongCode } from './factors.errors.js';
import { FactorsSettings } from './factors.settings.js';
import { newTotpSecret, provisioningUri, timeStepOf, totpContext } from './totp-codes.js';

export interface Enrolment {
  secret: string;
  uri: string;
  qrCode: string;
}

// A confirmed one is not replaced: whoever begins anew gets another secret, as long as none is confirmed.
const BEGIN = `
  INSERT INTO auth.totp_factors AS t (user_id, secret) VALUES ($1, $2)
  ON CONFLICT (user_id) DO UPDATE SET secret = EXCLUDED.secret, created_at = now(), updated_at = now()
  WHERE t.confirmed_at IS NULL
  RETURNING user_id`;

const FIND_BEGUN = `
  SELECT secret FROM auth.totp_factors
  WHERE user_id = $1 AND confirmed_at IS NULL AND created_at > now() - interval '15 minutes'`;

const CONFIRM = `
  UPDATE auth.totp_factors SET confirmed_at = now(), last_step = $3, updated_at = now(),
    before_verified = (SELECT email_verified_at IS NULL FROM auth.users WHERE id = $1)
  WHERE user_id = $1 AND secret = $2 AND confirmed_at IS NULL
  RETURNING user_id`;

/** Setting up and removing an authenticator app. */
@Injectable()
export class TotpService {
  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
    private readonly changes: FactorChanges,
    private readonly settings: FactorsSettings,
  ) {}

  /** Nothing is asked for until it is confirmed. @throws {TotpActive} {RecentSignInRequired} {EmailNotVerified} */
  async begin(caller: Caller): Promise<Enrolment> {
    await this.changes.demandOwner(caller);
    const userId = caller.id ?? '';
    const secret = newTotpSecret();
    const sealed = await this.box.seal(secret, totpContext(userId));
    const begun = await refusing(this.database.query(BEGIN, [userId, sealed]), {
      fk_totp_factors_user: () => new NotSignedIn('The account is gone.'),
    });
    if (begun.length === 0) throw new TotpActive();
    const uri = provisioningUri(secret, this.settings.shopName, caller.email ?? '');
    return { secret, uri, qrCode: `data:image/svg+xml;base64,${Buffer.from(renderSVG(uri)).toString('base64')}` };
  }

  /**
   * Recovery codes come with the first factor. The code that confirms is used up by it.
   * @throws {TotpNotBegun} {WrongCode} {RecentSignInRequired}
   */
  async confirm(caller: Caller, code: string): Promise<string[] | null> {
    const userId = caller.id ?? '';
    const [begun] = await this.database.query<{ secret: Buffer }>(FIND_BEGUN, [userId]);
    if (!begun) throw new TotpNotBegun();
    const step = timeStepOf(await this.box.open(begun.secret, totpContext(userId)), code.replace(/\s/g, ''));
    if (step === undefined) throw new WrongCode();
    return this.changes.add(caller, {
      factor: 'totp',
      methods: ['otp'],
      write: async () => {
        // Of two that confirm at once, one does.
        const confirmed = await this.database.query(CONFIRM, [userId, begun.secret, step]);
        if (confirmed.length === 0) throw new TotpNotBegun();
        return userId;
      },
    });
  }

  /** Without one it does nothing. @throws {RecentSignInRequired} */
  async remove(caller: Caller): Promise<void> {
    await this.changes.remove(caller, {
      factor: 'totp',
      write: async () => {
        const [removed] = await this.database.query<{ id: string }>(
          'DELETE FROM auth.totp_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL RETURNING user_id AS id',
          [caller.id],
        );
        return removed?.id;
      },
    });
  }
}
