import { ApiProperty } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import type { Account } from '../auth/index.js';
import { IsText } from '../platform/index.js';

/** What a shopper has told about themselves. */
export class ProfileResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example "ada@example.com" */
  @ApiProperty({ format: 'email' })
  email: string;
  /** Whether its owner has shown that the address is theirs. */
  emailVerified: boolean;
  /** What to call them. @example "Ada" */
  @ApiProperty({ type: 'string', nullable: true })
  name: string | null;
  /** When the account was made. */
  createdAt: Date;

  static of({ id, email, emailVerified, name, createdAt }: Account): ProfileResponse {
    return { id, email, emailVerified, name, createdAt };
  }
}

export class ChangeProfileRequest {
  /** What to call you; null for nothing. @example "Ada" */
  @IsOptional()
  @IsText({ max: 200 })
  @ApiProperty({ type: 'string', nullable: true, required: false, maxLength: 200 })
  name?: string | null;
}
