import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { IsGiven, IsText, PageQuery } from '../../platform/index.js';
import { ROLE_NAME } from '../roles/roles.dto.js';
import type { KeptUser } from './user-administration.service.js';

const ROLES = { each: true, message: 'must be names of roles.' };

/** Which accounts. */
export class ListUsersQuery extends PageQuery {
  /** Only the account with this e-mail address. @example "ada@example.com" */
  @IsOptional()
  @IsString()
  @MaxLength(254)
  email?: string;

  /** Only accounts with this role. @example "support" */
  @IsOptional()
  @Matches(ROLE_NAME, { message: 'must be the name of a role.' })
  role?: string;
}

/** What should be different; what is left out stays. */
export class ChangeUserRequest {
  /** What to call them; `null` clears. @example "Ada" */
  @IsOptional()
  @IsText({ max: 200 })
  @ApiProperty({ type: 'string', nullable: true, required: false })
  name?: string | null;

  /** All roles that they have from now on. @example ["support"] */
  @IsGiven()
  @IsArray()
  @ArrayMaxSize(50)
  @ArrayUnique()
  @Matches(ROLE_NAME, ROLES)
  @ApiProperty({ required: false })
  roles?: string[];
}

/** An account, as the back office sees it. */
export class UserAccountResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example "ada@example.com" */
  @ApiProperty({ format: 'email' })
  email: string;
  /** What to call them. @example "Ada" */
  @ApiProperty({ type: 'string', nullable: true })
  name: string | null;
  /** Roles of staff; empty for shoppers. @example ["support"] */
  roles: string[];
  /** Signing in asks for a second factor. @example false */
  secondFactor: boolean;
  /** When they showed that mail reaches them. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  emailVerifiedAt: Date | null;
  /** Moves with each change; send it in If-Match. @example 1 */
  @ApiProperty({ type: 'integer' })
  version: number;
  /** When the account was made. */
  createdAt: Date;
  /** When it last changed. */
  updatedAt: Date;

  static of(user: KeptUser): UserAccountResponse {
    const { id, email, name, roles, secondFactor, emailVerifiedAt, version, createdAt, updatedAt } = user;
    return { id, email, name, roles, secondFactor, emailVerifiedAt, version, createdAt, updatedAt };
  }
}

/** Accounts, newest first. */
export class UserPageResponse {
  data: UserAccountResponse[];
  /** For the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
