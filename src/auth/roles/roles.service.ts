import { Injectable } from '@nestjs/common';
import { type Caller, Database, NotFoundProblem, refusing, Transactional } from '../../platform/index.js';
import { AuditLog } from '../audit/audit-log.js';
import { LastAdministrator, RoleExists, RoleInUse } from '../auth.errors.js';
import { Revocations } from '../sessions/revocations.service.js';
import { Grants } from './grants.js';
import { Role, type RoleFields } from './role.entity.js';
import { ROLE_NAME } from './roles.dto.js';

// A sign-in that has read what was waits here, or is waited for: then its session is there to be ended.
const STOP_SIGN_INS = `
  UPDATE auth.users SET access_epoch = access_epoch + 1
  WHERE id IN (
    SELECT id FROM auth.users WHERE id IN (SELECT user_id FROM auth.user_roles WHERE role = $1)
    ORDER BY id FOR NO KEY UPDATE)`;

/** What staff can be: named sets of permissions. */
@Injectable()
export class RolesService {
  constructor(
    private readonly database: Database,
    private readonly grants: Grants,
    private readonly revocations: Revocations,
    private readonly audit: AuditLog,
  ) {}

  list(): Promise<Role[]> {
    return this.database.manager.find(Role, { order: { name: 'ASC' } });
  }

  /** @throws {NotFoundProblem} */
  async read(name: string): Promise<Role> {
    return this.found(name, ROLE_NAME.test(name) ? await this.database.manager.findOneBy(Role, { name }) : null);
  }

  /** @throws {RoleExists} {PermissionNotHeld} {BeyondOwnLimits} */
  @Transactional()
  async create(name: string, fields: RoleFields, caller: Caller): Promise<Role> {
    this.grants.demand(caller, fields.permissions);
    await this.grants.demandUnlimited(caller);
    const role = Role.make(name, fields);
    await refusing(this.database.manager.insert(Role, role), { pk_roles: () => new RoleExists(name) });
    await this.audit.record('role.created', { by: caller, on: subject(role), after: recorded(role) });
    return role;
  }

  /**
   * What is added holds from the next refresh of each holder's tokens; what is taken away ends their sessions, so that
   * no token goes on saying it.
   * @throws {Stale} {RoleFixed} {PermissionNotHeld} {BeyondOwnLimits} {LastAdministrator}
   */
  @Transactional()
  async change(name: string, version: number, fields: Partial<RoleFields>, caller: Caller): Promise<Role> {
    const role = (await this.lock(name)).expect(version);
    const before = recorded(role);
    if (fields.permissions) this.grants.demand(caller, fields.permissions, before.permissions);
    const { requiresSecondFactor = before.requiresSecondFactor, description = before.description } = fields;
    if (requiresSecondFactor !== before.requiresSecondFactor || description !== before.description)
      this.grants.demandHeld(caller, before.permissions);
    await this.grants.demandUnlimited(caller);
    role.change(fields);
    await refusing(this.database.manager.update(Role, { name }, role), {
      ck_last_administrator: () => new LastAdministrator(),
    });
    const less = before.permissions.some((held) => !role.permissions.includes(held));
    const stricter = requiresSecondFactor && !before.requiresSecondFactor;
    if (less || stricter) await this.database.query(STOP_SIGN_INS, [name]);
    if (less) await this.endSessionsOf(name);
    if (stricter) await this.endWeakSessionsOf(name);
    await this.audit.record('role.changed', { by: caller, on: subject(role), before, after: recorded(role) });
    return role;
  }

  /** @throws {Stale} {RoleFixed} {PermissionNotHeld} {RoleInUse} */
  @Transactional()
  async delete(name: string, version: number, caller: Caller): Promise<void> {
    const role = (await this.lock(name)).expect(version);
    role.mustNotBeFixed();
    this.grants.demandHeld(caller, role.permissions);
    await refusing(this.database.manager.delete(Role, { name }), { fk_user_roles_role: () => new RoleInUse(name) });
    await this.audit.record('role.deleted', { by: caller, on: subject(role), before: recorded(role) });
  }

  private async endSessionsOf(role: string): Promise<void> {
    const holders = await this.database.query<{ id: string }>(
      'SELECT user_id AS id FROM auth.user_roles WHERE role = $1 ORDER BY user_id',
      [role],
    );
    for (const { id } of holders) await this.revocations.revokeAllOf(id, 'permissions were taken away');
  }

  /** Nobody goes on with less than the role asks for now. */
  private async endWeakSessionsOf(role: string): Promise<void> {
    const sessions = await this.database.query<{ id: string }>(
      `SELECT s.id FROM auth.sessions s JOIN auth.user_roles ur ON ur.user_id = s.user_id
       WHERE ur.role = $1 AND NOT 'mfa' = ANY (s.methods) AND s.revoked_at IS NULL AND s.expires_at > now()
       ORDER BY s.id`,
      [role],
    );
    for (const { id } of sessions) await this.revocations.revoke(id, 'a second factor is required');
  }

  private async lock(name: string): Promise<Role> {
    if (!ROLE_NAME.test(name)) throw new NotFoundProblem('Role', name);
    // Whoever gives the role to somebody meanwhile need not wait.
    const lock = { mode: 'for_no_key_update' } as const;
    return this.found(name, await this.database.manager.findOne(Role, { where: { name }, lock }));
  }

  private found(name: string, role: Role | null): Role {
    if (!role) throw new NotFoundProblem('Role', name);
    return role;
  }
}

const subject = ({ name }: Role) => ({ type: 'role', id: name });
const recorded = ({ description, permissions, requiresSecondFactor }: Role): RoleFields => ({
  description,
  permissions,
  requiresSecondFactor,
});
