import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { IsGiven } from '../../platform/index.js';
import type { SignedInAs } from '../sessions/tokens.js';

export class StepUpRequest {
  /** The password of your account. @example "correct horse battery staple" */
  @IsString()
  @MaxLength(200)
  @ApiProperty({ format: 'password' })
  password: string;
  /** From the authenticator app, or a recovery code: for accounts with a second factor. @example "492039" */
  @IsGiven()
  @IsString()
  @MaxLength(40)
  @ApiProperty({ required: false })
  code?: string;
}

/** The session as before, with an access token that says when you last proved who you are. */
export class StepUpResponse {
  /** JWT for `Authorization: Bearer`. */
  accessToken: string;
  /** Always `Bearer`. @example "Bearer" */
  tokenType: 'Bearer';
  /** Seconds until the access token expires. @example 600 */
  @ApiProperty({ type: 'integer' })
  expiresIn: number;

  static of({ accessToken, expiresIn }: Pick<SignedInAs, 'accessToken' | 'expiresIn'>): StepUpResponse {
    return { accessToken, tokenType: 'Bearer', expiresIn };
  }
}
