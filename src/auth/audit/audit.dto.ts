import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsUUID } from 'class-validator';
import { IsText, IsTime, PageQuery } from '../../platform/index.js';
import type { AuditEntry } from './audit-entry.js';

const KINDS = ['user', 'key', 'guest', 'system'] as const;
const STATE = { type: 'object', additionalProperties: true, nullable: true } as const;

/** Which acts. */
export class ListAuditQuery extends PageQuery {
  /** Only what this user or API key did. */
  @IsOptional()
  @IsUUID()
  actorId?: string;

  /** Only acts of this kind. @example "role.changed" */
  @IsOptional()
  @IsText({ max: 100 })
  action?: string;

  /** Only what was done to things of this kind. @example "role" */
  @IsOptional()
  @IsText({ max: 100 })
  objectType?: string;

  /** Only what was done to the thing with this id. @example "support" */
  @IsOptional()
  @IsText({ max: 200 })
  objectId?: string;

  /** Not before this time. @example "2026-05-04T12:30:00.000Z" */
  @IsOptional()
  @IsTime()
  @ApiProperty({ format: 'date-time', required: false })
  from?: string;

  /** Before this time. @example "2026-05-05T12:30:00.000Z" */
  @IsOptional()
  @IsTime()
  @ApiProperty({ format: 'date-time', required: false })
  to?: string;
}

/** One act on record. */
export class AuditEntryResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** Its place in the chain; null for the minute at most until it gets one. @example 17 */
  @ApiProperty({ type: 'integer', nullable: true })
  position: number | null;
  /** When it was done. */
  occurredAt: Date;
  /** What did it: a person, an API key, somebody not signed in, or Galley itself. */
  @ApiProperty({ enum: KINDS })
  actorKind: (typeof KINDS)[number];
  /** Which user or API key. */
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  actorId: string | null;
  /** What was done. @example "role.changed" */
  action: string;
  /** To what kind of thing. @example "role" */
  @ApiProperty({ type: 'string', nullable: true })
  objectType: string | null;
  /** To which. @example "support" */
  @ApiProperty({ type: 'string', nullable: true })
  objectId: string | null;
  /** From where. @example "203.0.113.7" */
  @ApiProperty({ type: 'string', nullable: true })
  address: string | null;
  /** With what. @example "Mozilla/5.0" */
  @ApiProperty({ type: 'string', nullable: true })
  userAgent: string | null;
  /** The `X-Request-Id` of the request. @example "01981f3c-6f0f-7cc0-a2c5-3b3e6a2f4d10" */
  @ApiProperty({ type: 'string', nullable: true })
  requestId: string | null;
  /** What was; null where that says nothing. @example { "permissions": ["orders:read"] } */
  @ApiProperty(STATE)
  before: object | null;
  /** What was after it. @example { "permissions": ["orders:read", "stock:read"] } */
  @ApiProperty(STATE)
  after: object | null;
  /** SHA-256 over this entry and the hash before it, in hex. @example "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" */
  @ApiProperty({ type: 'string', nullable: true })
  hash: string | null;

  static of(entry: AuditEntry): AuditEntryResponse {
    const { id, position, occurredAt, actorKind, actorId, action, objectType, objectId } = entry;
    const { address, userAgent, requestId, before, after, hash } = entry;
    return {
      id,
      position,
      occurredAt,
      actorKind,
      actorId,
      action,
      objectType,
      objectId,
      address,
      userAgent,
      requestId,
      before: stateOf(before),
      after: stateOf(after),
      hash: hash?.toString('hex') ?? null,
    };
  }
}

const stateOf = (text: string | null): object | null => (text === null ? null : (JSON.parse(text) as object));

/** Acts, newest first. */
export class AuditPageResponse {
  data: AuditEntryResponse[];
  /** For the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
