import { Injectable } from '@nestjs/common';
import {
  type Caller,
  Database,
  decodeCursor,
  isId,
  NotFoundProblem,
  newId,
  type PageQuery,
  paginate,
  refusing,
} from '../../platform/index.js';
import { FactorChanges } from '../factors/factor-changes.service.js';
import { WaysToSignIn } from '../oidc/ways-to-sign-in.service.js';
import { type MadePasskey, madePasskey } from './attestations.js';
import type { RegistrationRequest } from './ceremonies.dto.js';
import { PasskeyChallenges } from './passkey-challenges.service.js';
import { registrationOf } from './passkey-options.service.js';
import { PasskeyKnown, TooManyPasskeys, WrongPasskey } from './passkeys.errors.js';
import { RelyingParty } from './relying-party.js';

export interface Passkey {
  id: string;
  name: string;
  synced: boolean;
  lastUsedAt: Date | null;
  createdAt: Date;
}

const COLUMNS = 'id, name, synced, last_used_at AS "lastUsedAt", created_at AS "createdAt"';

const LIST = `
  SELECT ${COLUMNS} FROM auth.passkeys WHERE user_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`;

// The account's row is locked, so nobody adds another while these are counted.
const ADD = `
  INSERT INTO auth.passkeys (id, user_id, credential_id, public_key, counter, transports, synced, name, before_verified)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8, (SELECT email_verified_at IS NULL FROM auth.users WHERE id = $2)
  WHERE (SELECT count(*) FROM auth.passkeys WHERE user_id = $2) < 20
  RETURNING id`;

/** The passkeys of an account. */
@Injectable()
export class PasskeysService {
  constructor(
    private readonly database: Database,
    private readonly challenges: PasskeyChallenges,
    private readonly party: RelyingParty,
    private readonly changes: FactorChanges,
    private readonly ways: WaysToSignIn,
  ) {}

  /** Newest first, one statement: ids are made in the order of time. */
  async list({ id }: Caller, { limit, cursor }: PageQuery): Promise<{ data: Passkey[]; nextCursor: string | null }> {
    const bind = JSON.stringify(['passkeys', id]);
    const [after = null] = cursor === undefined ? [] : decodeCursor(cursor, bind, [isId]);
    const rows = await this.database.query<Passkey>(LIST, [id, after, limit + 1]);
    return paginate({ rows, limit, bind, cursorOf: (row) => [row.id] });
  }

  /** @throws {NotFoundProblem} also for that of someone else. */
  async read(caller: Caller, id: string): Promise<Passkey> {
    const [passkey] = await this.database.query<Passkey>(
      `SELECT ${COLUMNS} FROM auth.passkeys WHERE id = $1 AND user_id = $2`,
      [id, caller.id],
    );
    return this.found(id, passkey);
  }

  /**
   * Recovery codes come with the first factor.
   * @throws {PasskeyChallengeExpired} {WrongPasskey} {PasskeyKnown} {TooManyPasskeys} {RecentSignInRequired} {EmailNotVerified}
   */
  async add(
    caller: Caller,
    name: string,
    answer: RegistrationRequest,
  ): Promise<{ passkey: Passkey; recoveryCodes: string[] | null }> {
    await this.changes.demandOwner(caller);
    const challenge = await this.challenges.use(answer.response.clientDataJSON, registrationOf(caller));
    const made = await madePasskey(answer, challenge, this.party);
    if (!made) throw new WrongPasskey();
    const id = newId();
    const recoveryCodes = await this.changes.add(caller, {
      factor: 'passkey',
      methods: [made.synced ? 'swk' : 'hwk'],
      write: async () => {
        await this.insert(id, caller.id ?? '', { ...made, transports: answer.response.transports ?? [], name });
        return id;
      },
    });
    return { passkey: await this.read(caller, id), recoveryCodes };
  }

  /** @throws {NotFoundProblem} */
  async rename(caller: Caller, id: string, name: string): Promise<Passkey> {
    const [passkey] = await this.database.query<Passkey>(
      `UPDATE auth.passkeys SET name = $3, updated_at = now() WHERE id = $1 AND user_id = $2 RETURNING ${COLUMNS}`,
      [id, caller.id, name],
    );
    return this.found(id, passkey);
  }

  /** @throws {NotFoundProblem} {LastWayToSignIn} {RecentSignInRequired} */
  async remove(caller: Caller, id: string): Promise<void> {
    const removed = await this.changes.remove(caller, {
      factor: 'passkey',
      write: async () => {
        const [gone] = await this.database.query<{ id: string }>(
          'DELETE FROM auth.passkeys WHERE id = $1 AND user_id = $2 RETURNING id',
          [id, caller.id],
        );
        if (gone) await this.ways.demandOne(caller.id ?? '');
        return gone?.id;
      },
    });
    if (!removed) throw new NotFoundProblem('Passkey', id);
  }

  private async insert(
    id: string,
    userId: string,
    {
      credentialId,
      publicKey,
      counter,
      synced,
      transports,
      name,
    }: MadePasskey & { transports: string[]; name: string },
  ): Promise<void> {
    const adding = this.database.query(ADD, [id, userId, credentialId, publicKey, counter, transports, synced, name]);
    const added = await refusing(adding, { uq_passkeys_credential: () => new PasskeyKnown() });
    if (added.length === 0) throw new TooManyPasskeys();
  }

  private found(id: string, passkey: Passkey | undefined): Passkey {
    if (!passkey) throw new NotFoundProblem('Passkey', id);
    return passkey;
  }
}
