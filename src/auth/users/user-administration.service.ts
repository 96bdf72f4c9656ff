import { Injectable } from '@nestjs/common';
import {
  type Caller,
  Database,
  decodeCursor,
  Events,
  isId,
  NotFoundProblem,
  paginate,
  refusing,
  Stale,
  Transactional,
  ValidationFailed,
  whereOf,
} from '../../platform/index.js';
import { AuditLog } from '../audit/audit-log.js';
import { LastAdministrator } from '../auth.errors.js';
import { UserRenamed } from '../auth.events.js';
import { EmailChangeService } from '../email-change/email-change.service.js';
import { Grants } from '../roles/grants.js';
import { Revocations } from '../sessions/revocations.service.js';
import { User } from './user.entity.js';
import type { ListUsersQuery } from './users.dto.js';

/** An account, as the back office keeps it. */
export interface KeptUser {
  id: string;
  email: string;
  name: string | null;
  roles: string[];
  secondFactor: boolean;
  emailVerifiedAt: Date | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface UserChanges {
  name?: string | null;
  roles?: string[];
}

const USERS = `
  SELECT u.id, u.email, u.name, u.email_verified_at AS "emailVerifiedAt", u.second_factor AS "secondFactor", u.version, u.created_at AS "createdAt",
         u.updated_at AS "updatedAt",
         ARRAY(SELECT ur.role FROM auth.user_roles ur WHERE ur.user_id = u.id ORDER BY ur.role) AS roles
  FROM auth.users u`;

const CHANGE = `
  UPDATE auth.users SET name = $2, access_epoch = access_epoch + $3::int, version = version + 1, updated_at = now()
  WHERE id = $1`;

/** Looking after accounts: who there is, and who has which role. */
@Injectable()
export class UserAdministration {
  constructor(
    private readonly database: Database,
    private readonly grants: Grants,
    private readonly revocations: Revocations,
    private readonly emailChanges: EmailChangeService,
    private readonly audit: AuditLog,
    private readonly events: Events,
  ) {}

  /** Newest first, one statement. Ids are made in the order of time, so they serve as the key of the list. */
  async list(query: ListUsersQuery): Promise<{ data: KeptUser[]; nextCursor: string | null }> {
    const { role, limit, cursor } = query;
    const email = query.email === undefined ? undefined : User.normalise(query.email);
    const bind = JSON.stringify(['users', email, role]);
    const [after] = cursor === undefined ? [] : decodeCursor(cursor, bind, [isId]);
    const { where, params } = whereOf([
      ['u.email = ?', email],
      ['EXISTS (SELECT FROM auth.user_roles r WHERE r.user_id = u.id AND r.role = ?)', role],
      ['u.id < ?', after],
    ]);
    const rows = await this.database.query<KeptUser>(`${USERS} ${where} ORDER BY u.id DESC LIMIT ${limit + 1}`, params);
    return paginate({ rows, limit, bind, cursorOf: ({ id }) => [id] });
  }

  /** @throws {NotFoundProblem} */
  async read(id: string): Promise<KeptUser> {
    const [user] = await this.database.query<KeptUser>(`${USERS} WHERE u.id = $1`, [id]);
    if (!user) throw new NotFoundProblem('User', id);
    return user;
  }

  /**
   * Other roles end all sessions of the account: no token goes on saying what was. Another e-mail
   * address that was asked for in one of them is withdrawn: whoever confirmed it would have the roles.
   * @throws {Stale} {PermissionNotHeld} {BeyondOwnLimits} {LastAdministrator}
   */
  @Transactional()
  async change(id: string, version: number, changes: UserChanges, caller: Caller): Promise<KeptUser> {
    const { roles } = changes;
    const before = await this.lock(id, version);
    const name = changes.name === undefined ? before.name : User.spell(changes.name);
    const wanted = roles ?? before.roles;
    const given = wanted.filter((role) => !before.roles.includes(role));
    const taken = before.roles.filter((role) => !wanted.includes(role));
    if (given.length + taken.length > 0) {
      await this.demandMayAssign(caller, wanted, [...given, ...taken]);
      if (given.length > 0) await this.grants.demandUnlimited(caller);
      await this.assign(id, given, taken);
      await this.revocations.revokeAllOf(id, 'roles were changed');
      await this.emailChanges.withdraw(id);
      await this.audit.record('user.roles_changed', {
        by: caller,
        on: { type: 'user', id },
        before: { roles: before.roles },
        after: { roles: wanted },
      });
    }
    if (name !== before.name) {
      await this.grants.demandAllOf(id, caller);
      await this.audit.record('user.renamed', { by: caller, on: { type: 'user', id } });
      this.events.publish(new UserRenamed(id));
    }
    await this.database.query(CHANGE, [id, name, Math.sign(given.length + taken.length)]);
    return this.read(id);
  }

  /** Locked until the transaction ends; read after that, so that it is as whoever came before left it. */
  private async lock(id: string, version: number): Promise<KeptUser> {
    const [, user] = await this.database.together([
      () => this.database.query('SELECT FROM auth.users WHERE id = $1 FOR UPDATE', [id]),
      () => this.read(id),
    ]);
    if (user.version !== version) throw new Stale(user.version);
    return user;
  }

  private async demandMayAssign(caller: Caller, wanted: string[], moved: string[]): Promise<void> {
    const roles = await this.database.query<{ name: string; permissions: string[] }>(
      'SELECT name, permissions FROM auth.roles WHERE name = ANY ($1) ORDER BY name',
      [moved],
    );
    const unknown = wanted.flatMap((name, index) =>
      moved.includes(name) && !roles.some((role) => role.name === name)
        ? [{ pointer: `/roles/${index}`, code: 'unknown_role', message: `"${name}" is no role.` }]
        : [],
    );
    if (unknown.length > 0) throw new ValidationFailed(unknown);
    this.grants.demandHeld(
      caller,
      roles.flatMap(({ permissions }) => permissions),
    );
  }

  /** Gives before it takes: an administrator who gets another such role is never none. */
  private async assign(id: string, given: string[], taken: string[]): Promise<void> {
    await this.database.query('INSERT INTO auth.user_roles (user_id, role) SELECT $1, unnest($2::text[])', [id, given]);
    const taking = this.database.query('DELETE FROM auth.user_roles WHERE user_id = $1 AND role = ANY ($2)', [
      id,
      taken,
    ]);
    await refusing(taking, { ck_last_administrator: () => new LastAdministrator() });
  }
}
