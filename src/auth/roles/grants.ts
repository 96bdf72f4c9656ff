import { Injectable } from '@nestjs/common';
import { type Caller, Database, ValidationFailed } from '../../platform/index.js';
import { OwnLimits } from '../api-keys/own-limits.service.js';
import { BeyondOwnLimits, PermissionNotHeld } from '../auth.errors.js';
import { PermissionCatalogue } from './permission-catalogue.js';

const HELD_BY = `
  SELECT DISTINCT unnest(r.permissions) AS permission
  FROM auth.user_roles ur JOIN auth.roles r ON r.name = ur.role WHERE ur.user_id = $1 ORDER BY permission`;

/** Who may give what: nobody gives or takes away what they do not hold themselves. */
@Injectable()
export class Grants {
  constructor(
    private readonly catalogue: PermissionCatalogue,
    private readonly database: Database,
    private readonly limits: OwnLimits,
  ) {}

  /**
   * What is there already may stay, whoever asks.
   * @throws {PermissionNotHeld} {ValidationFailed} for a permission that no route knows.
   */
  demand(caller: Caller, wanted: string[], before: string[] = []): void {
    const unknown = wanted.flatMap((name, index) =>
      before.includes(name) || this.catalogue.knows(name)
        ? []
        : [{ pointer: `/permissions/${index}`, code: 'unknown_permission', message: `"${name}" is no permission.` }],
    );
    if (unknown.length > 0) throw new ValidationFailed(unknown);
    const given = wanted.filter((name) => !before.includes(name));
    const taken = before.filter((name) => !wanted.includes(name));
    this.demandHeld(caller, [...given, ...taken]);
  }

  /** What an account holds, the caller must hold too: nobody meddles with who may do more. @throws {PermissionNotHeld} */
  async demandAllOf(userId: string, caller: Caller): Promise<void> {
    const held = await this.database.query<{ permission: string }>(HELD_BY, [userId]);
    this.demandHeld(
      caller,
      held.map(({ permission }) => permission),
    );
  }

  /**
   * Roles know neither expiry nor addresses: an account that anybody registered would do for a key what its limits forbid.
   * @throws {BeyondOwnLimits}
   */
  async demandUnlimited(caller: Caller): Promise<void> {
    const own = await this.limits.of(caller);
    if (own?.expiresAt) throw new BeyondOwnLimits('expiresAt');
    if (own && own.allowedAddresses.length > 0) throw new BeyondOwnLimits('allowedAddresses');
  }

  /** @throws {PermissionNotHeld} */
  demandHeld(caller: Caller, permissions: string[]): void {
    const missing = permissions.find((permission) => !caller.can(permission));
    if (missing !== undefined) throw new PermissionNotHeld(missing);
  }
}
