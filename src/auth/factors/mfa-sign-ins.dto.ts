import { IsString, MaxLength } from 'class-validator';

export class MfaLoginRequest {
  /** From the answer to the first factor. @example "glf_9uTQ4m1Xz0bYw7KfVd2sLq5RjHn8EaCo3gPi6tWyUxk" */
  @IsString()
  @MaxLength(200)
  mfaToken: string;
  /** What the authenticator app shows now, or a recovery code. @example "492039" */
  @IsString()
  @MaxLength(40)
  code: string;
}
