import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { IsText } from '../../platform/index.js';
import { MAX_PASSWORD, MIN_PASSWORD } from './password-policy.js';

export class ForgotPasswordRequest {
  /** The e-mail address of the account. @example "ada@example.com" */
  @IsString()
  @MaxLength(254)
  email: string;
}

export class ResetPasswordRequest {
  /** The token from the mail. @example "glm_9uTQ4m1Xz0bYw7KfVd2sLq5RjHn8EaCo3gPi6tWyUxk" */
  @IsString()
  @MaxLength(200)
  token: string;
  /** The new password: 10 to 200 characters, any of them. @example "a new staple for the horse" */
  @IsText({ min: MIN_PASSWORD, max: MAX_PASSWORD, exact: true })
  @ApiProperty({ format: 'password', minLength: 10, maxLength: 200 })
  password: string;
}

export class ChangePasswordRequest {
  /** The password until now. @example "the staple of old" */
  @IsString()
  @MaxLength(MAX_PASSWORD)
  @ApiProperty({ format: 'password' })
  currentPassword: string;
  /** The new password: 10 to 200 characters, any of them. @example "a new staple for the horse" */
  @IsText({ min: MIN_PASSWORD, max: MAX_PASSWORD, exact: true })
  @ApiProperty({ format: 'password', minLength: 10, maxLength: 200 })
  newPassword: string;
}
