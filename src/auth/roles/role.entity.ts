import { Column, Entity, PrimaryColumn } from 'typeorm';
import { Stale } from '../../platform/index.js';
import { RoleFixed } from '../auth.errors.js';

export interface RoleFields {
  description: string;
  permissions: string[];
  /** What it permits is permitted only to sessions with a second factor. */
  requiresSecondFactor: boolean;
}

/** The role that holds everything, and without which nobody could give anything. */
const ADMINISTRATORS = 'admin';

/** A named set of permissions that staff are given. */
@Entity({ schema: 'auth', name: 'roles' })
export class Role implements RoleFields {
  @PrimaryColumn('text') name: string;
  @Column('text') description: string;
  @Column('text', { array: true }) permissions: string[];
  @Column('boolean') requiresSecondFactor: boolean;
  @Column('integer') version: number;
  @Column('timestamptz') createdAt: Date;
  @Column('timestamptz') updatedAt: Date;

  static make(name: string, fields: RoleFields): Role {
    const now = new Date();
    return Object.assign(new Role(), { name, ...fields, version: 1, createdAt: now, updatedAt: now });
  }

  /** @throws {Stale} when `version` is not what the caller has seen. */
  expect(version: number): this {
    if (this.version !== version) throw new Stale(this.version);
    return this;
  }

  /** @throws {RoleFixed} */
  change({ description, permissions, requiresSecondFactor }: Partial<RoleFields>): void {
    if (permissions) {
      this.mustNotBeFixed();
      this.permissions = permissions;
    }
    if (description !== undefined) this.description = description;
    if (requiresSecondFactor !== undefined) this.requiresSecondFactor = requiresSecondFactor;
    this.version += 1;
    this.updatedAt = new Date();
  }

  /** @throws {RoleFixed} */
  mustNotBeFixed(): void {
    if (this.name === ADMINISTRATORS) throw new RoleFixed();
  }
}
