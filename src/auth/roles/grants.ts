import { Injectable } from '@nestjs/common';
import { type Caller, ValidationFailed } from '../../platform/index.js';
import { PermissionNotHeld } from '../auth.errors.js';
import { PermissionCatalogue } from './permission-catalogue.js';

/** Who may give what: nobody gives or takes away what they do not hold themselves. */
@Injectable()
export class Grants {
  constructor(private readonly catalogue: PermissionCatalogue) {}

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

  /** @throws {PermissionNotHeld} */
  demandHeld(caller: Caller, permissions: string[]): void {
    const missing = permissions.find((permission) => !caller.can(permission));
    if (missing !== undefined) throw new PermissionNotHeld(missing);
  }
}
