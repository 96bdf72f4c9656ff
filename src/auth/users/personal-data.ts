import { Injectable } from '@nestjs/common';
import { type Caller, Database, Erases, IdempotencyService, PersonalData, refusing } from '../../platform/index.js';
import { AuditLog } from '../audit/audit-log.js';
import { LastAdministrator } from '../auth.errors.js';
import { Revocations } from '../sessions/revocations.service.js';
import { attemptKeys } from '../throttling/attempt-keys.js';

const COPY = `
  SELECT json_build_object(
    'account', (SELECT json_build_object('id', id, 'email', email, 'name', name, 'emailVerifiedAt', email_verified_at,
      'createdAt', created_at) FROM auth.users WHERE id = $1),
    'leftAddresses', (SELECT coalesce(json_agg(json_build_object('email', email, 'leftAt', left_at) ORDER BY left_at), '[]')
      FROM auth.left_addresses WHERE user_id = $1),
    'roles', (SELECT coalesce(json_agg(role ORDER BY role), '[]') FROM auth.user_roles WHERE user_id = $1),
    'sessions', (SELECT coalesce(json_agg(json_build_object('id', id, 'address', address, 'userAgent', user_agent,
      'createdAt', created_at, 'lastUsedAt', last_used_at, 'expiresAt', expires_at, 'endedAt', revoked_at) ORDER BY id),
      '[]') FROM auth.sessions WHERE user_id = $1),
    'passkeys', (SELECT coalesce(json_agg(json_build_object('name', name, 'createdAt', created_at) ORDER BY created_at),
      '[]') FROM auth.passkeys WHERE user_id = $1),
    'identities', (SELECT coalesce(json_agg(json_build_object('provider', provider, 'issuer', issuer, 'subject', subject,
      'createdAt', created_at, 'lastUsedAt', last_used_at) ORDER BY id), '[]') FROM auth.identities WHERE user_id = $1),
    'acts', (SELECT coalesce(json_agg(json_build_object('action', action, 'occurredAt', occurred_at, 'address', address,
      'userAgent', user_agent) ORDER BY id), '[]') FROM auth.audit_log WHERE actor_kind = 'user' AND actor_id = $1)
  ) AS copy`;

// What guests did to the account before they were known to be its owner: refused sign-ins, resets. A passkey may be gone
// by now; that its owner added it is on record.
const FORGET_WHERE_FROM = `
  UPDATE auth.audit_log SET address = NULL, user_agent = NULL, personal_salt = NULL
  WHERE personal_salt IS NOT NULL AND (
    actor_id = $1 AND actor_kind = 'user'
    OR actor_kind = 'guest' AND object_type = 'user' AND object_id = $1::text
    OR actor_kind = 'guest' AND object_type = 'session' AND object_id IN (
      SELECT id::text FROM auth.sessions WHERE user_id = $1)
    OR actor_kind = 'guest' AND object_type = 'passkey' AND object_id IN (
      SELECT object_id FROM auth.audit_log WHERE actor_id = $1 AND actor_kind = 'user' AND object_type = 'passkey')
  )`;

const USER = `
  SELECT u.email, (SELECT c.new_email FROM auth.email_changes c WHERE c.user_id = u.id) AS wished,
    ARRAY(SELECT l.email FROM auth.left_addresses l WHERE l.user_id = u.id
      AND NOT EXISTS (SELECT FROM auth.users o WHERE o.email = l.email AND o.id <> u.id)) AS "left"
  FROM auth.users u WHERE u.id = $1 FOR UPDATE`;

// Who refreshes or proves anew has locked what they show, and then wants the session: in the same order.
const SHOWN = [
  'DELETE FROM auth.refresh_tokens WHERE session_id IN (SELECT id FROM auth.sessions WHERE user_id = $1)',
  ...['identities', 'passkeys', 'totp_factors', 'recovery_codes', 'code_attempts'].map(
    (table) => `DELETE FROM auth.${table} WHERE user_id = $1`,
  ),
];

const DELETE = `
  DELETE FROM auth.users u WHERE u.id = $1
  RETURNING ARRAY(SELECT r.role FROM auth.user_roles r WHERE r.user_id = u.id ORDER BY r.role) AS roles`;

/** What auth knows of a person. */
@Injectable()
export class AuthPersonalData {
  constructor(
    private readonly database: Database,
    private readonly revocations: Revocations,
    private readonly idempotency: IdempotencyService,
    private readonly audit: AuditLog,
  ) {}

  @PersonalData('auth')
  async copy(userId: string): Promise<unknown> {
    const [row] = await this.database.query<{ copy: unknown }>(COPY, [userId]);
    return row?.copy;
  }

  /**
   * Sessions, factors and tokens go with the account. The audit log keeps what was done, by an id that nobody has any
   * more, and forgets from where.
   * @throws {LastAdministrator}
   */
  @Erases('auth', { last: true })
  async erase(userId: string, by?: Caller): Promise<void> {
    const [user] = await this.database.query<{ email: string; wished: string | null; left: string[] }>(USER, [userId]);
    // Also what was written after the account had gone.
    const words = [userId, user?.email, user?.wished, ...(user?.left ?? [])].filter((word) => typeof word === 'string');
    await this.idempotency.forgetAbout(words);
    if (!user) {
      await this.database.query(FORGET_WHERE_FROM, [userId]);
      return;
    }
    await this.database.together(SHOWN.map((sql) => () => this.database.query(sql, [userId])));
    await this.revocations.revokeAllOf(userId, 'account erased');
    await this.database.query(FORGET_WHERE_FROM, [userId]);
    await this.database.query('DELETE FROM auth.sign_in_attempts WHERE key = $1', [
      attemptKeys(user.email, '').account,
    ]);
    const [deleted] = await refusing(this.database.query<{ roles: string[] }>(DELETE, [userId]), {
      ck_last_administrator: () => new LastAdministrator(),
    });
    await this.audit.record('user.erased', {
      // From where its owner did it is left out: it would have to be forgotten again.
      by: by ?? { kind: 'user', id: userId, address: null, userAgent: null },
      on: { type: 'user', id: userId },
      before: { roles: deleted?.roles },
    });
  }
}
