import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsObject, ValidateNested } from 'class-validator';
import { IsGiven, IsText } from '../../platform/index.js';
import { AuthenticationRequest, RegistrationRequest } from './ceremonies.dto.js';
import type { Passkey } from './passkeys.service.js';

export class AddPasskeyRequest {
  /** To tell it from others; "Passkey" when left out. @example "Ada’s phone" */
  @IsGiven()
  @IsText({ max: 60 })
  @ApiProperty({ required: false })
  name?: string;
  /** What the browser gave, made for the options of now. */
  @IsObject()
  @ValidateNested()
  @Type(() => RegistrationRequest)
  passkey: RegistrationRequest;
}

export class RenamePasskeyRequest {
  /** @example "Ada’s phone" */
  @IsText({ max: 60 })
  name: string;
}

export class UsePasskeyRequest {
  /** What the browser gave, for the options of now. */
  @IsObject()
  @ValidateNested()
  @Type(() => AuthenticationRequest)
  passkey: AuthenticationRequest;
}

/** A passkey of yours. */
export class PasskeyResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example "Ada’s phone" */
  name: string;
  /** It is copied between devices of yours; others stay in their device. @example true */
  synced: boolean;
  /** When it was last used. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  lastUsedAt: Date | null;
  /** When it was added. */
  createdAt: Date;

  static of({ id, name, synced, lastUsedAt, createdAt }: Passkey): PasskeyResponse {
    return { id, name, synced, lastUsedAt, createdAt };
  }
}

/** The new passkey. */
export class PasskeyAddedResponse extends PasskeyResponse {
  /** Each stands in once for the second factor, and is shown this once; null when you have such codes already. @example ["0K7Q-M2X9-RTVB"] */
  @ApiProperty({ type: 'array', nullable: true, items: { type: 'string' } })
  recoveryCodes: string[] | null;

  static with(passkey: Passkey, recoveryCodes: string[] | null): PasskeyAddedResponse {
    return { ...PasskeyResponse.of(passkey), recoveryCodes };
  }
}

/** Your passkeys, newest first. */
export class PasskeyPageResponse {
  data: PasskeyResponse[];
  /** For the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
