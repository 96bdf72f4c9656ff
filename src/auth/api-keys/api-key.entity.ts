import { Column, Entity, PrimaryColumn } from 'typeorm';
import { newId, Stale } from '../../platform/index.js';
import { ApiKeyRevoked } from '../auth.errors.js';
import type { NewSecret } from './api-key-secret.js';

export interface ApiKeyFields {
  name: string;
  permissions: string[];
  /** Addresses and networks in CIDR notation; from anywhere when empty. */
  allowedAddresses: string[];
  expiresAt: Date | null;
}

/** A program that may call: what it may do, until when and from where. Its secrets are rows of their own. */
@Entity({ schema: 'auth', name: 'api_keys' })
export class ApiKey implements ApiKeyFields {
  @PrimaryColumn('uuid') id: string;
  @Column('text') name: string;
  /** How its newest secret begins. */
  @Column('text') prefix: string;
  @Column('text', { array: true }) permissions: string[];
  @Column('text', { array: true }) allowedAddresses: string[];
  /** The user or key that made it. */
  @Column('uuid') createdBy: string;
  @Column('timestamptz', { nullable: true }) expiresAt: Date | null;
  @Column('timestamptz', { nullable: true }) revokedAt: Date | null;
  /** To the minute or so: it is not written with each request. */
  @Column({ type: 'timestamptz', nullable: true, update: false }) lastUsedAt: Date | null;
  @Column({ type: 'text', nullable: true, update: false }) lastUsedAddress: string | null;
  @Column('integer') version: number;
  @Column('timestamptz') createdAt: Date;
  @Column('timestamptz') updatedAt: Date;

  static make(fields: ApiKeyFields, { prefix }: NewSecret, createdBy: string): ApiKey {
    const now = new Date();
    return Object.assign(new ApiKey(), {
      ...fields,
      id: newId(),
      prefix,
      createdBy,
      revokedAt: null,
      lastUsedAt: null,
      lastUsedAddress: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    });
  }

  /** @throws {Stale} when `version` is not what the caller has seen. */
  expect(version: number): this {
    if (this.version !== version) throw new Stale(this.version);
    return this;
  }

  /** @throws {ApiKeyRevoked} */
  change(fields: Partial<ApiKeyFields>): void {
    this.mustBeValid();
    Object.assign(this, fields);
    this.touch();
  }

  /** @throws {ApiKeyRevoked} */
  renew({ prefix }: NewSecret): void {
    this.mustBeValid();
    this.prefix = prefix;
    this.touch();
  }

  /** True when the call changed the key, so that a repeated request is harmless. */
  revoke(): boolean {
    if (this.revokedAt !== null) return false;
    this.revokedAt = new Date();
    this.touch();
    return true;
  }

  private mustBeValid(): void {
    if (this.revokedAt !== null) throw new ApiKeyRevoked(this.id);
  }

  private touch(): void {
    this.version += 1;
    this.updatedAt = new Date();
  }
}
