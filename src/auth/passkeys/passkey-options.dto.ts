import { ApiProperty } from '@nestjs/swagger';

/*
 * What browsers take, as the Web Authentication API (level 3, §5.1) has it in JSON:
 * `PublicKeyCredential.parseCreationOptionsFromJSON(…)`.
 */

/** A passkey, as browsers name it. */
export class CredentialDescriptorResponse {
  /** @example "hJ0u2HcZQ3x9mVb1kQeWw7nRfYpLsAo4" */
  id: string;
  /** @example "public-key" */
  type: 'public-key';
  /** How the authenticator can be reached. @example ["internal"] */
  transports: string[];
}

/** The shop. */
export class RelyingPartyResponse {
  /** @example "shop.example.com" */
  id: string;
  /** @example "Kitchen Shop" */
  name: string;
}

/** The account. */
export class PasskeyUserResponse {
  /** @example "AZgfPG8PfMCixTs-ai9NEA" */
  id: string;
  /** @example "ada@example.com" */
  name: string;
  /** @example "ada@example.com" */
  displayName: string;
}

export class CredentialParametersResponse {
  /** @example "public-key" */
  type: 'public-key';
  /** COSE algorithm. @example -7 */
  @ApiProperty({ type: 'integer' })
  alg: number;
}

export class AuthenticatorSelectionResponse {
  /** @example "preferred" */
  residentKey: string;
  /** @example false */
  requireResidentKey: boolean;
  /** @example "preferred" */
  userVerification: string;
}

/** For `PublicKeyCredential.parseCreationOptionsFromJSON()` and `navigator.credentials.create()`. */
export class CreationOptionsResponse {
  rp: RelyingPartyResponse;
  user: PasskeyUserResponse;
  /** Good once, for five minutes. @example "5Jt0u2HcZQ3x9mVb1kQeWw7nRfYpLsAo4dGiT6hKjXU" */
  challenge: string;
  pubKeyCredParams: CredentialParametersResponse[];
  /** Milliseconds. @example 300000 */
  @ApiProperty({ type: 'integer' })
  timeout: number;
  /** Passkeys that the account has. */
  excludeCredentials: CredentialDescriptorResponse[];
  authenticatorSelection: AuthenticatorSelectionResponse;
  /** Who made the authenticator is not asked. @example "none" */
  attestation: string;
}

/** For `PublicKeyCredential.parseRequestOptionsFromJSON()` and `navigator.credentials.get()`. */
export class RequestOptionsResponse {
  /** Good once, for five minutes. @example "5Jt0u2HcZQ3x9mVb1kQeWw7nRfYpLsAo4dGiT6hKjXU" */
  challenge: string;
  /** @example "shop.example.com" */
  rpId: string;
  /** Milliseconds. @example 300000 */
  @ApiProperty({ type: 'integer' })
  timeout: number;
  /** Which passkeys will do; any of this shop when empty. */
  allowCredentials: CredentialDescriptorResponse[];
  /** @example "required" */
  userVerification: string;
}
