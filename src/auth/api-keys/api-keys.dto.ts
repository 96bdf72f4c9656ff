import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsInt,
  IsOptional,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { IsGiven, IsText, IsTime } from '../../platform/index.js';
import { PERMISSION } from '../roles/roles.dto.js';
import type { ApiKey, ApiKeyFields } from './api-key.entity.js';
import type { NewApiKey, ShownOnce } from './api-keys.service.js';
import { IsNetworks } from './networks.js';

const NETWORKS = { type: 'array', maxItems: 50, items: { type: 'string' }, examples: [['203.0.113.0/24']] } as const;

/** A new key. */
export class CreateApiKeyRequest {
  /** Who calls with it, for people. @example "Marketplace connector" */
  @IsText({ max: 100 })
  name: string;

  /** What it may do; nothing that you may not. @example ["orders:read"] */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @ArrayUnique()
  @Matches(PERMISSION, { each: true, message: 'must be permissions such as orders:read.' })
  permissions: string[];

  /** When it stops working; `null` for never. Left out, that of the key that you call with. @example null */
  @IsOptional()
  @IsTime()
  @ApiPropertyOptional({ type: 'string', format: 'date-time', nullable: true, examples: [null] })
  expiresAt?: string | null;

  /** Addresses and networks that it may be used from; anywhere when empty. Left out, those of the key that you call with. */
  @IsGiven()
  @IsArray()
  @ArrayMaxSize(50)
  @IsNetworks()
  @ApiPropertyOptional(NETWORKS)
  allowedAddresses?: string[];

  static fieldsOf({ name, permissions, expiresAt, allowedAddresses }: CreateApiKeyRequest): NewApiKey {
    const until = expiresAt === undefined || expiresAt === null ? expiresAt : new Date(expiresAt);
    return { name, permissions, allowedAddresses, expiresAt: until };
  }
}

/** What should be different; what is left out stays. */
export class ChangeApiKeyRequest {
  /** @example "Marketplace connector" */
  @IsGiven()
  @IsText({ max: 100 })
  @ApiProperty({ required: false })
  name?: string;

  /** All that it may do from now on. @example ["orders:read"] */
  @IsGiven()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @ArrayUnique()
  @Matches(PERMISSION, { each: true, message: 'must be permissions such as orders:read.' })
  @ApiProperty({ required: false })
  permissions?: string[];

  /** When it stops working; `null` for never. */
  @IsOptional()
  @IsTime()
  @ApiPropertyOptional({ type: 'string', format: 'date-time', nullable: true, examples: [null] })
  expiresAt?: string | null;

  /** Addresses and networks that it may be used from; anywhere when empty. */
  @IsGiven()
  @IsArray()
  @ArrayMaxSize(50)
  @IsNetworks()
  @ApiPropertyOptional(NETWORKS)
  allowedAddresses?: string[];

  static fieldsOf({ name, permissions, expiresAt, allowedAddresses }: ChangeApiKeyRequest): Partial<ApiKeyFields> {
    return {
      ...(name === undefined ? {} : { name }),
      ...(permissions === undefined ? {} : { permissions }),
      ...(expiresAt === undefined ? {} : { expiresAt: expiresAt === null ? null : new Date(expiresAt) }),
      ...(allowedAddresses === undefined ? {} : { allowedAddresses }),
    };
  }
}

/** How the old secret goes. */
export class RotateApiKeyRequest {
  /** Seconds that the secrets before it still work, up to 30 days; a day when left out. @example 3600 */
  @IsGiven()
  @IsInt()
  @Min(0)
  @Max(2_592_000)
  @ApiPropertyOptional({ type: 'integer' })
  overlapSeconds?: number;
}

/** A key that a program calls with, without the secret. */
export class ApiKeyResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example "Marketplace connector" */
  name: string;
  /** How the newest secret begins. @example "glk_live_7Hq2mZ0aXk9d" */
  prefix: string;
  /** What it may do. @example ["orders:read"] */
  permissions: string[];
  /** Where it may be used from; anywhere when empty. @example ["203.0.113.0/24"] */
  allowedAddresses: string[];
  /** The user or API key that made it. */
  @ApiProperty({ format: 'uuid' })
  createdBy: string;
  /** When it stops working. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  expiresAt: Date | null;
  /** Since when it has been revoked. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  revokedAt: Date | null;
  /** When it was last used, to the minute or so. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  lastUsedAt: Date | null;
  /** From where. @example "203.0.113.7" */
  @ApiProperty({ type: 'string', nullable: true })
  lastUsedAddress: string | null;
  /** Moves with each change; send it in If-Match. @example 1 */
  @ApiProperty({ type: 'integer' })
  version: number;
  /** When it was made. */
  createdAt: Date;
  /** When it last changed. */
  updatedAt: Date;

  static of(key: ApiKey): ApiKeyResponse {
    const { id, name, prefix, permissions, allowedAddresses, createdBy, expiresAt, revokedAt } = key;
    const { lastUsedAt, lastUsedAddress, version, createdAt, updatedAt } = key;
    return {
      id,
      name,
      prefix,
      permissions,
      allowedAddresses,
      createdBy,
      expiresAt,
      revokedAt,
      lastUsedAt,
      lastUsedAddress,
      version,
      createdAt,
      updatedAt,
    };
  }
}

/** The key with its secret, which is shown this once and stored nowhere. */
export class ApiKeyWithSecretResponse extends ApiKeyResponse {
  /** For `Authorization: Bearer`. Keep it where secrets are kept. @example "glk_live_7Hq2mZ0aXk9dmV3Yc5TtB8nLwR1sE6uGjP4oKfQyZ0iA2b4XnC" */
  key: string;

  static withSecret({ key, secret }: ShownOnce): ApiKeyWithSecretResponse {
    return { ...ApiKeyResponse.of(key), key: secret };
  }
}

/** API keys, newest first. */
export class ApiKeyPageResponse {
  data: ApiKeyResponse[];
  /** For the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
