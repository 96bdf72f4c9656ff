import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import type { Factors } from './factors.service.js';
import type { Enrolment } from './totp.service.js';

export class CodeRequest {
  /** What the authenticator app shows now. @example "492039" */
  @IsString()
  @MaxLength(20)
  code: string;
}

/** Which second factors you have. */
export class FactorsResponse {
  /** One of your roles is good only with a second factor. @example false */
  required: boolean;
  /** There is an authenticator app. @example true */
  totp: boolean;
  /** How many passkeys there are. @example 1 */
  @ApiProperty({ type: 'integer' })
  passkeys: number;
  /** How many recovery codes can still be used. @example 10 */
  @ApiProperty({ type: 'integer' })
  recoveryCodesLeft: number;

  static of({ required, totp, passkeys, recoveryCodesLeft }: Factors): FactorsResponse {
    return { required, totp, passkeys, recoveryCodesLeft };
  }
}

/** What an authenticator app has to know. It is shown this once. */
export class TotpEnrolmentResponse {
  /** For typing in: base32. @example "WHQGKZFBX3RERK6OUESTHO3CIREPHGVG" */
  secret: string;
  /** What the QR code says; opens the app when tapped on the device itself. @example "otpauth://totp/Galley:ada%40example.com?secret=WHQGKZFBX3RERK6OUESTHO3CIREPHGVG&issuer=Galley" */
  uri: string;
  /** The QR code, as an SVG image in a data URL. @example "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=" */
  qrCode: string;

  static of({ secret, uri, qrCode }: Enrolment): TotpEnrolmentResponse {
    return { secret, uri, qrCode };
  }
}

/** A second factor is set up. */
export class FactorAddedResponse {
  /** Each stands in once for the second factor, and is shown this once; null when you have such codes already. @example ["0K7QM2X9RTVB"] */
  @ApiProperty({ type: 'array', nullable: true, items: { type: 'string' } })
  recoveryCodes: string[] | null;
}

/** Codes for when the second factor is lost. */
export class RecoveryCodesResponse {
  /** Each is good once, and is shown this once. @example ["0K7Q-M2X9-RTVB"] */
  recoveryCodes: string[];
}

export class RecoveryCodesLeftResponse {
  /** How many can still be used. @example 9 */
  @ApiProperty({ type: 'integer' })
  left: number;
}
