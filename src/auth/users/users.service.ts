import { Injectable } from '@nestjs/common';
import { Database, Events, NotSignedIn, Transactional } from '../../platform/index.js';
import { type Actor, AuditLog, SYSTEM } from '../audit/audit-log.js';
import { EmailTaken } from '../auth.errors.js';
import { EmailVerified, UserRegistered, UserRenamed } from '../auth.events.js';
import { PasswordHashes } from '../passwords/password-hashes.js';
import { refuseGuessable } from '../passwords/password-policy.js';
import { ACCOUNT, type Account, type Candidate } from './account.sql.js';
import { User } from './user.entity.js';

// The audit log knows of roles that were taken away.
const STAFF_SINCE = `
  SELECT u.id, least(a.since, r.since)::text AS since
  FROM auth.users u
  CROSS JOIN LATERAL (SELECT min(created_at) AS since FROM auth.user_roles WHERE user_id = u.id) r
  CROSS JOIN LATERAL (
    SELECT min(occurred_at) AS since FROM auth.audit_log
    WHERE object_type = 'user' AND object_id = u.id::text AND action IN ('user.registered', 'user.roles_changed')
      AND after -> 'roles' -> 0 IS NOT NULL
  ) a
  WHERE u.id = ANY ($1) AND (r.since IS NOT NULL OR a.since IS NOT NULL)`;

/** Times are those of the database, which tells more apart than a date here does. */
export interface HeldAddress {
  email: string;
  /** When another account left it: what names it from before is about somebody else. Null when none did. */
  since: string | null;
}

const leftByOthers = (until: string): string => `(
  SELECT max(l.left_at) FROM auth.left_addresses l
  WHERE l.email = a.email AND l.user_id <> a.id AND (${until}::timestamptz IS NULL OR l.left_at < ${until}))`;

/** Accounts: who can sign in, and what their roles let them do. */
@Injectable()
export class UsersService {
  constructor(
    private readonly database: Database,
    private readonly passwords: PasswordHashes,
    private readonly events: Events,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Who has roles from the start was entered by an operator, who says whose address it is.
   * @throws {EmailTaken} {ValidationFailed} for a password that is easily guessed.
   */
  async register(
    email: string,
    password: string,
    name: string | null,
    roles: string[] = [],
    by: Actor = SYSTEM,
  ): Promise<Account> {
    return this.add(await this.prepare(email, password, name), roles, by, { verified: roles.length > 0 });
  }

  /** Somebody who is not there yet. @throws {ValidationFailed} for a password that is easily guessed. */
  async prepare(email: string, password: string, name: string | null): Promise<User> {
    await refuseGuessable(password, User.normalise(email));
    return User.register(email, await this.passwords.hash(password), name);
  }

  /** @throws {EmailTaken} */
  @Transactional()
  async add(user: User, roles: string[], by: Actor, { verified = false } = {}): Promise<Account> {
    const [created] = await this.database.query<Pick<Account, 'createdAt' | 'permissions' | 'secondFactorRequired'>>(
      `WITH added AS (
         INSERT INTO auth.users (id, email, name, password_hash, email_verified_at)
         VALUES ($1, $2, $3, $4, CASE WHEN $6::boolean THEN now() END)
         ON CONFLICT (email) DO NOTHING RETURNING id, created_at
       ), granted AS (
         INSERT INTO auth.user_roles (user_id, role) SELECT added.id, role FROM added, unnest($5::text[]) AS role
       )
       SELECT created_at AS "createdAt",
              ARRAY(SELECT DISTINCT unnest(permissions) FROM auth.roles WHERE name = ANY ($5)) AS permissions,
              EXISTS (SELECT FROM auth.roles WHERE name = ANY ($5) AND requires_second_factor) AS "secondFactorRequired"
       FROM added`,
      [user.id, user.email, user.name, user.passwordHash, roles, verified],
    );
    if (!created) throw new EmailTaken();
    this.events.publish(new UserRegistered(user.id));
    if (verified) this.events.publish(new EmailVerified(user.id));
    await this.audit.record('user.registered', { by, on: { type: 'user', id: user.id }, after: { roles } });
    const { id, email, name } = user;
    return { id, email, name, emailVerified: verified, roles, secondFactor: false, accessEpoch: 0, ...created };
  }

  /** Keeps the account until the open transaction has ended: what is made for it is never made for nobody. @throws {NotSignedIn} when it is gone. */
  async hold(id: string): Promise<void> {
    const held = await this.database.query('SELECT FROM auth.users WHERE id = $1 FOR KEY SHARE', [id]);
    if (held.length === 0) throw new NotSignedIn();
  }

  /** Waits for those who hold the account, and lets nobody hold it any more: the first step of erasing it. */
  async holdAlone(id: string): Promise<void> {
    await this.database.query('SELECT FROM auth.users WHERE id = $1 FOR UPDATE', [id]);
  }

  /** The account that has this address and has shown that it is its own; held as by {@link hold}, unless that is not wanted. */
  async verifiedOwnerOf(email: string, { held = true } = {}): Promise<string | undefined> {
    const [owner] = await this.database.query<{ id: string }>(
      `SELECT id FROM auth.users WHERE email = $1 AND email_verified_at IS NOT NULL ${held ? 'FOR KEY SHARE' : ''}`,
      [User.normalise(email)],
    );
    return owner?.id;
  }

  /** The same for many, by their addresses as {@link User.normalise} spells them. */
  async verifiedOwnersOf(emails: string[]): Promise<Map<string, string>> {
    const owners = await this.database.query<{ id: string; email: string }>(
      `SELECT id, email FROM auth.users WHERE email = ANY ($1) AND email_verified_at IS NOT NULL
       ORDER BY id FOR KEY SHARE`,
      [emails.map(User.normalise)],
    );
    return new Map(owners.map(({ id, email }) => [email, id]));
  }

  /** Those of them who have or had a role, and since when. */
  async staffAmong(ids: string[]): Promise<{ id: string; since: string }[]> {
    return this.database.query(STAFF_SINCE, [[...new Set(ids)]]);
  }

  /** The address of an account, and those that it had before and had shown to be its own; until when, null for the present one. */
  async addressesOf(id: string): Promise<(HeldAddress & { until: string | null; verified: boolean })[]> {
    return this.database.query(
      `SELECT a.email, ${leftByOthers('a.until')}::text AS since, a.until::text, a.verified FROM (
         SELECT id, email, NULL::timestamptz AS until, email_verified_at IS NOT NULL AS verified FROM auth.users WHERE id = $1
         UNION ALL SELECT user_id, email, left_at, true FROM auth.left_addresses WHERE user_id = $1
       ) a`,
      [id],
    );
  }

  /** The address of an account, if it has shown that it is its own; held as by {@link hold}. */
  async verifiedAddressOf(id: string): Promise<HeldAddress | undefined> {
    const [address] = await this.database.query<HeldAddress>(
      `SELECT a.email, ${leftByOthers('NULL')}::text AS since FROM auth.users a
       WHERE a.id = $1 AND a.email_verified_at IS NOT NULL FOR KEY SHARE OF a`,
      [id],
    );
    return address;
  }

  /** Somebody whom a provider of external sign-in vouches for, their address too. They have no password. @throws {EmailTaken} */
  async registerVerified(email: string, name: string | null, by: Actor): Promise<Account> {
    return this.add(User.register(email, null, name), [], by, { verified: true });
  }

  /** Whom this person at a provider is linked to. */
  async withIdentity(issuer: string, subject: string): Promise<Account | undefined> {
    const [found] = await this.database.query<Candidate>(
      `${ACCOUNT} WHERE u.id = (SELECT user_id FROM auth.identities WHERE issuer = $1 AND subject = $2) GROUP BY u.id`,
      [issuer, subject],
    );
    return found;
  }

  /** Whose address this is, before it is known whether it is them. */
  async withEmail(email: string): Promise<Candidate | undefined> {
    const [found] = await this.database.query<Candidate>(`${ACCOUNT} WHERE u.email = $1 GROUP BY u.id`, [
      User.normalise(email),
    ]);
    return found;
  }

  /** The account, when the password is right. Takes as long when there is no account. */
  async authenticate(
    candidate: Candidate | undefined,
    password: string,
  ): Promise<(Account & { passwordHash: string }) | undefined> {
    if (!(await this.passwords.matches(candidate?.passwordHash, password)) || !candidate?.passwordHash)
      return undefined;
    const { passwordHash, ...account } = candidate;
    const outdated = this.passwords.isOutdated(passwordHash);
    return {
      ...account,
      passwordHash: outdated ? await this.rehash(account.id, passwordHash, password) : passwordHash,
    };
  }

  async find(id: string): Promise<Candidate | undefined> {
    const [found] = await this.database.query<Candidate>(`${ACCOUNT} WHERE u.id = $1 GROUP BY u.id`, [id]);
    return found;
  }

  @Transactional()
  async rename(id: string, name: string | null): Promise<void> {
    this.events.publish(new UserRenamed(id));
    await this.database.query(
      'UPDATE auth.users SET name = $2, version = version + 1, updated_at = now() WHERE id = $1',
      [id, User.spell(name)],
    );
  }

  /** What to tell an operator who gives a role that is not there. */
  async objectionToRole(name: string | undefined): Promise<string | undefined> {
    if (name === undefined) return undefined;
    const known = await this.database.query('SELECT FROM auth.roles WHERE name = $1', [name]);
    return known.length > 0 ? undefined : `There is no role "${name}". Try admin, staff or support.`;
  }

  /** With the parameters of now, unless the password was changed in between. The hash that the password has then. */
  private async rehash(id: string, old: string, password: string): Promise<string> {
    const renewed = await this.passwords.hash(password);
    const changed = await this.database.query(
      'UPDATE auth.users SET password_hash = $3 WHERE id = $1 AND password_hash = $2 RETURNING id',
      [id, old, renewed],
    );
    return changed.length > 0 ? renewed : old;
  }
}
