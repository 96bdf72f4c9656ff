import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { IsEmailAddress } from '../users/email-address.js';

export class ChangeEmailRequest {
  /** Where mail shall reach you from now on; also what you will sign in with. @example "ada.king@example.com" */
  @IsEmailAddress()
  @ApiProperty({ format: 'email', maxLength: 254 })
  email: string;
}

export class ConfirmEmailChangeRequest {
  /** The token from one of the mails. @example "glm_5Jt0u2HcZQ3x9mVb1kQeWw7nRfYpLsAo4dGiT6hKjXU" */
  @IsString()
  @MaxLength(200)
  token: string;
}

/** How far the change is. */
export class EmailChangeResponse {
  /** True once all addresses that were asked have confirmed: then all sessions have ended, and you sign in with the new address. */
  changed: boolean;
}
