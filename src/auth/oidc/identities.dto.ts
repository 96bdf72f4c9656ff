import { ApiProperty } from '@nestjs/swagger';
import type { Identity } from './identities.service.js';

/** Somebody at a provider, who opens your account. */
export class IdentityResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example "google" */
  provider: string;
  /** When it last opened the account. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  lastUsedAt: Date | null;
  /** When it was linked. */
  createdAt: Date;

  static of({ id, provider, lastUsedAt, createdAt }: Identity): IdentityResponse {
    return { id, provider, lastUsedAt, createdAt };
  }
}

/** Your linked identities, newest first. */
export class IdentityPageResponse {
  data: IdentityResponse[];
  /** For the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
