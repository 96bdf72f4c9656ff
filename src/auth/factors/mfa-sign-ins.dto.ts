import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsObject, IsString, MaxLength, ValidateNested } from 'class-validator';
import { IsGiven } from '../../platform/index.js';
import { AuthenticationRequest } from '../passkeys/ceremonies.dto.js';

export class MfaTokenRequest {
  /** From the answer to the first factor. @example "glf_9uTQ4m1Xz0bYw7KfVd2sLq5RjHn8EaCo3gPi6tWyUxk" */
  @IsString()
  @MaxLength(200)
  mfaToken: string;
}

export class MfaLoginRequest extends MfaTokenRequest {
  /** What the authenticator app shows now, or a recovery code. @example "492039" */
  @IsGiven()
  @IsString()
  @MaxLength(40)
  @ApiProperty({ required: false })
  code?: string;
  /** In place of a code: what the browser gave, for the options of this sign-in. */
  @IsGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => AuthenticationRequest)
  @ApiProperty({ required: false })
  passkey?: AuthenticationRequest;
}
