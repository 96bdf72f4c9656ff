import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import {
  type Caller,
  Database,
  decodeCursor,
  isId,
  NotFoundProblem,
  type PageQuery,
  paginate,
  Transactional,
  ValidationFailed,
} from '../../platform/index.js';
import { AuditLog } from '../audit/audit-log.js';
import { BeyondOwnLimits } from '../auth.errors.js';
import { Grants } from '../roles/grants.js';
import { ApiKey, type ApiKeyFields } from './api-key.entity.js';
import { ApiKeyCallers } from './api-key-callers.js';
import { type NewSecret, newSecret } from './api-key-secret.js';
import { demandWithin, type KeyLimits } from './key-limits.js';
import { type CallerLimits, OwnLimits } from './own-limits.service.js';

export interface ShownOnce {
  key: ApiKey;
  secret: string;
}

/** What is left out of the limits is inherited from the key that makes it; without one, there is none. */
export type NewApiKey = Omit<ApiKeyFields, keyof KeyLimits> & { [L in keyof KeyLimits]: KeyLimits[L] | undefined };

const BIND = 'api-keys';

const NO_LIMITS: KeyLimits = { expiresAt: null, allowedAddresses: [] };

/** Keys for programs: making, renewing and revoking them. */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly database: Database,
    private readonly grants: Grants,
    private readonly callers: ApiKeyCallers,
    private readonly limits: OwnLimits,
    private readonly audit: AuditLog,
  ) {}

  /** Newest first. */
  async list({ limit, cursor }: PageQuery): Promise<{ data: ApiKey[]; nextCursor: string | null }> {
    const select = this.database.manager
      .createQueryBuilder<ApiKey>('ApiKey', 'k')
      .orderBy('k.id', 'DESC')
      .limit(limit + 1);
    if (cursor !== undefined) select.where('k.id < :after', { after: decodeCursor(cursor, BIND, [isId])[0] });
    return paginate({ rows: await select.getMany(), limit, bind: BIND, cursorOf: ({ id }) => [id] });
  }

  /** @throws {NotFoundProblem} */
  async read(id: string): Promise<ApiKey> {
    return this.found(id, await this.database.manager.findOneBy(ApiKey, { id }));
  }

  /** @throws {PermissionNotHeld} {BeyondOwnLimits} when it could do more than its maker, for longer or elsewhere. */
  @Transactional()
  async create(wanted: NewApiKey, caller: Caller): Promise<ShownOnce> {
    this.grants.demand(caller, wanted.permissions);
    demandFuture(wanted.expiresAt);
    const own = (await this.limits.of(caller)) ?? NO_LIMITS;
    const { expiresAt = own.expiresAt, allowedAddresses = own.allowedAddresses } = wanted;
    const fields = { ...wanted, expiresAt, allowedAddresses };
    demandWithin(own, fields);
    const secret = newSecret(this.callers.mode);
    const key = ApiKey.make(fields, secret, caller.id ?? '');
    await this.database.manager.insert(ApiKey, key);
    await this.store(key, secret);
    await this.audit.record('api_key.created', { by: caller, on: subject(key), after: recorded(key) });
    return { key, secret: secret.key };
  }

  /**
   * Until when and from where is for those to say who hold all that it may do: it may open what was closed.
   * @throws {Stale} {ApiKeyRevoked} {PermissionNotHeld} {BeyondOwnLimits}
   */
  @Transactional()
  async change(id: string, version: number, fields: Partial<ApiKeyFields>, caller: Caller): Promise<ApiKey> {
    const { key, own } = await this.lockFor(id, caller);
    key.expect(version);
    if (fields.permissions) this.grants.demand(caller, fields.permissions, key.permissions);
    const opens = fields.expiresAt !== undefined || fields.allowedAddresses !== undefined;
    if (opens) this.grants.demandHeld(caller, key.permissions);
    demandFuture(fields.expiresAt);
    if (opens && own && key.id === caller.id)
      throw new BeyondOwnLimits(fields.expiresAt === undefined ? 'allowedAddresses' : 'expiresAt');
    if (own && (opens || fields.permissions)) demandWithin(own, { ...key, ...fields });
    const before = recorded(key);
    key.change(fields);
    await this.save(key);
    await this.audit.record('api_key.changed', { by: caller, on: subject(key), before, after: recorded(key) });
    return key;
  }

  /**
   * A new secret; those before it go on for `overlap` seconds.
   * @throws {ApiKeyRevoked} {PermissionNotHeld} {BeyondOwnLimits} when it can do more than the caller, who would learn its
   * secret, or is the caller's own, and the secret that it calls with is one of those before.
   */
  @Transactional()
  async rotate(id: string, overlap: number, caller: Caller): Promise<ShownOnce> {
    const { key, own } = await this.lockFor(id, caller);
    this.grants.demandHeld(caller, key.permissions);
    // Or it would renew itself without end, and shut out whoever has the newer one.
    if (own?.inOverlap && key.id === caller.id) throw new BeyondOwnLimits('expiresAt');
    if (own) demandWithin(own, key);
    const secret = newSecret(this.callers.mode);
    key.renew(secret);
    await this.database.query(
      `UPDATE auth.api_key_secrets SET expires_at = least(expires_at, now() + make_interval(secs => $2))
       WHERE api_key_id = $1`,
      [id, overlap],
    );
    await this.store(key, secret);
    await this.save(key);
    await this.audit.record('api_key.rotated', {
      by: caller,
      on: subject(key),
      after: { prefix: key.prefix, overlap },
    });
    return { key, secret: secret.key };
  }

  /** From now on it opens nothing, in any process. @throws {Stale} */
  @Transactional()
  async revoke(id: string, version: number, caller: Caller): Promise<void> {
    const key = (await this.lock(id)).expect(version);
    if (!key.revoke()) return;
    await this.save(key);
    await this.audit.record('api_key.revoked', { by: caller, on: subject(key) });
  }

  private async lock(id: string): Promise<ApiKey> {
    const lock = { mode: 'pessimistic_write' } as const;
    return this.found(id, await this.database.manager.findOne(ApiKey, { where: { id }, lock }));
  }

  /** The key, and the one that the caller calls with: in one order, so that two that change each other do not wait for good. */
  private async lockFor(id: string, caller: Caller): Promise<{ key: ApiKey; own: CallerLimits | undefined }> {
    const ids = caller.kind === 'key' && caller.id !== null ? [id, caller.id] : [id];
    const keys = await this.database.manager.find(ApiKey, {
      where: { id: In(ids) },
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
    const own = await this.limits.of(caller);
    return { key: this.found(id, keys.find((key) => key.id === id) ?? null), own };
  }

  private async store({ id }: ApiKey, { lookup, hash }: NewSecret): Promise<void> {
    await this.database.query('INSERT INTO auth.api_key_secrets (lookup, api_key_id, hash) VALUES ($1, $2, $3)', [
      lookup,
      id,
      hash,
    ]);
  }

  private async save(key: ApiKey): Promise<void> {
    await this.database.manager.update(ApiKey, { id: key.id }, key);
    await this.callers.forget();
  }

  private found(id: string, key: ApiKey | null): ApiKey {
    if (!key) throw new NotFoundProblem('API key', id);
    return key;
  }
}

const subject = ({ id }: ApiKey) => ({ type: 'api_key', id });

const recorded = ({ name, permissions, allowedAddresses, expiresAt }: ApiKey): ApiKeyFields => ({
  name,
  permissions,
  allowedAddresses,
  expiresAt,
});

function demandFuture(expiresAt: Date | null | undefined): void {
  if (!expiresAt || expiresAt.getTime() > Date.now()) return;
  throw new ValidationFailed([{ pointer: '/expiresAt', code: 'past', message: 'must be in the future.' }]);
}
