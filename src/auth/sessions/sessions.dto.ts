import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { IsText } from '../../platform/index.js';
import type { Account } from '../users/account.sql.js';
import { IsEmailAddress } from '../users/email-address.js';
import type { SignedInAs } from './tokens.js';

export class RegisterRequest {
  /** Where mail reaches you; also what you sign in with. @example "ada@example.com" */
  @IsEmailAddress()
  @ApiProperty({ format: 'email', maxLength: 254 })
  email: string;
  /** 10 to 200 characters, any of them. @example "correct horse battery" */
  @IsText({ min: 10, max: 200, exact: true })
  @ApiProperty({ format: 'password', minLength: 10, maxLength: 200 })
  password: string;
  /** What to call you. @example "Ada" */
  @IsOptional()
  @IsText({ max: 200 })
  @ApiProperty({ type: 'string', nullable: true, required: false, maxLength: 200 })
  name?: string | null;
}

export class LoginRequest {
  /** The e-mail address of the account. @example "ada@example.com" */
  @IsString()
  @MaxLength(254)
  email: string;
  /** Its password. @example "correct horse battery" */
  @IsString()
  @MaxLength(200)
  @ApiProperty({ format: 'password' })
  password: string;
}

export class RefreshRequest {
  /** The newest refresh token of the session. @example "glr_5Jt0u2HcZQ3x9mVb1kQeWw7nRfYpLsAo4dGiT6hKjXU" */
  @IsString()
  @MaxLength(200)
  refreshToken: string;
}

/** An account, as its owner sees it. */
export class UserResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example "ada@example.com" */
  @ApiProperty({ format: 'email' })
  email: string;
  /** What to call them. @example "Ada" */
  @ApiProperty({ type: 'string', nullable: true })
  name: string | null;
  /** Roles of staff; empty for shoppers. @example [] */
  roles: string[];
  /** When the account was made. */
  createdAt: Date;

  static of({ id, email, name, roles, createdAt }: Account): UserResponse {
    return { id, email, name, roles, createdAt };
  }
}

/** Signed in: who, and with which tokens. */
export class SessionResponse {
  user: UserResponse;
  /** JWT for `Authorization: Bearer`. */
  accessToken: string;
  /** Gets the next pair of tokens, and is replaced by that. */
  refreshToken: string;
  /** Always `Bearer`. @example "Bearer" */
  tokenType: 'Bearer';
  /** Seconds until the access token expires. @example 600 */
  @ApiProperty({ type: 'integer' })
  expiresIn: number;

  static of({ account, accessToken, refreshToken, expiresIn }: SignedInAs): SessionResponse {
    return { user: UserResponse.of(account), accessToken, refreshToken, tokenType: 'Bearer', expiresIn };
  }
}
