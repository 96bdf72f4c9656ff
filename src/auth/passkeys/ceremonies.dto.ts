import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { IsGiven } from '../../platform/index.js';

/*
 * What browsers send, as the Web Authentication API (level 3, §5.1) has it in JSON: `credential.toJSON()`.
 */

const BASE64URL = /^[A-Za-z0-9_-]+$/;
const WORDING = { message: 'must be base64url.' };

export class CredentialPropertiesRequest {
  /** The passkey can be found without a user name. @example true */
  @IsGiven()
  @IsBoolean()
  @ApiProperty({ required: false })
  rk?: boolean;
}

export class ExtensionResultsRequest {
  /** What the passkey is like. */
  @IsGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => CredentialPropertiesRequest)
  @ApiProperty({ required: false })
  credProps?: CredentialPropertiesRequest;
}

export class AttestationRequest {
  /** What the browser has seen. @example "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiNUp0MHUySGNaUTN4OW1WYjFrUWVXdzduUmZZcExzQW80ZEdpVDZoS2pYVSIsIm9yaWdpbiI6Imh0dHBzOi8vc2hvcC5leGFtcGxlLmNvbSJ9" */
  @Matches(BASE64URL, WORDING)
  @MaxLength(4000)
  clientDataJSON: string;
  /** What the authenticator has made. @example "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVgk" */
  @Matches(BASE64URL, WORDING)
  @MaxLength(20_000)
  attestationObject: string;
  /** Part of `attestationObject`; not looked at. @example "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MBAAAAAQ" */
  @IsGiven()
  @Matches(BASE64URL, WORDING)
  @MaxLength(20_000)
  @ApiProperty({ required: false })
  authenticatorData?: string;
  /** Part of `attestationObject`; not looked at. @example "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE" */
  @IsOptional()
  @Matches(BASE64URL, WORDING)
  @MaxLength(10_000)
  @ApiProperty({ type: 'string', nullable: true, required: false })
  publicKey?: string | null;
  /** Part of `attestationObject`; not looked at. @example -7 */
  @IsGiven()
  @IsInt()
  @ApiProperty({ type: 'integer', required: false })
  publicKeyAlgorithm?: number;
  /** How the authenticator can be reached. @example ["internal"] */
  @IsGiven()
  @IsArray()
  @ArrayMaxSize(10)
  @IsString({ each: true })
  @Matches(/^[a-z-]{1,30}$/, { each: true, message: 'must be names such as internal.' })
  @ApiProperty({ required: false })
  transports?: string[];
}

export class AssertionRequest {
  /** What the browser has seen. @example "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiNUp0MHUySGNaUTN4OW1WYjFrUWVXdzduUmZZcExzQW80ZEdpVDZoS2pYVSIsIm9yaWdpbiI6Imh0dHBzOi8vc2hvcC5leGFtcGxlLmNvbSJ9" */
  @Matches(BASE64URL, WORDING)
  @MaxLength(4000)
  clientDataJSON: string;
  /** What the authenticator says. @example "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAg" */
  @Matches(BASE64URL, WORDING)
  @MaxLength(4000)
  authenticatorData: string;
  /** Over both. @example "MEUCIQDgQhGk" */
  @Matches(BASE64URL, WORDING)
  @MaxLength(8000)
  signature: string;
  /** Whose it is, as the authenticator knows it. @example "AZgfPG8PfMCixTs-ai9NEA" */
  @IsOptional()
  @Matches(BASE64URL, WORDING)
  @MaxLength(100)
  @ApiProperty({ type: 'string', nullable: true, required: false })
  userHandle?: string | null;
}

class CredentialRequest {
  /** @example "hJ0u2HcZQ3x9mVb1kQeWw7nRfYpLsAo4" */
  @Matches(BASE64URL, WORDING)
  @MaxLength(1400)
  id: string;
  /** The same as `id`. @example "hJ0u2HcZQ3x9mVb1kQeWw7nRfYpLsAo4" */
  @Matches(BASE64URL, WORDING)
  @MaxLength(1400)
  rawId: string;
  /** Always `public-key`. @example "public-key" */
  @IsIn(['public-key'])
  type: 'public-key';
  /** Whether it is part of the device. @example "platform" */
  @IsOptional()
  @IsString()
  @MaxLength(30)
  @ApiProperty({ type: 'string', nullable: true, required: false })
  authenticatorAttachment?: string | null;
  /** What became of extensions; none is asked for. */
  @IsGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => ExtensionResultsRequest)
  @ApiProperty({ required: false })
  clientExtensionResults?: ExtensionResultsRequest;
}

/** What `navigator.credentials.create()` gives, as `toJSON()`. */
export class RegistrationRequest extends CredentialRequest {
  @IsObject()
  @ValidateNested()
  @Type(() => AttestationRequest)
  response: AttestationRequest;
}

/** What `navigator.credentials.get()` gives, as `toJSON()`. */
export class AuthenticationRequest extends CredentialRequest {
  @IsObject()
  @ValidateNested()
  @Type(() => AssertionRequest)
  response: AssertionRequest;
}
