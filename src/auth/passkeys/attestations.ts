import type { RegistrationRequest } from './ceremonies.dto.js';
import { ALGORITHMS } from './passkey-options.service.js';
import type { RelyingParty } from './relying-party.js';

/** A passkey that an authenticator has made. */
export interface MadePasskey {
  credentialId: Buffer;
  publicKey: Buffer;
  counter: number;
  synced: boolean;
}

/**
 * What the authenticator has made for this challenge; undefined when it is not what was asked for. Who made the
 * authenticator was not asked, so certificates have no place in the answer: they would be followed to wherever they point.
 */
export async function madePasskey(
  { id, rawId, type, response }: RegistrationRequest,
  challenge: string,
  party: RelyingParty,
): Promise<MadePasskey | undefined> {
  // Loaded when somebody adds a passkey: it brings much along.
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
  const { clientDataJSON, attestationObject } = response;
  try {
    if (await hasCertificates(attestationObject)) return undefined;
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: { id, rawId, type, response: { clientDataJSON, attestationObject }, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: party.origins,
      expectedRPID: party.id,
      requireUserVerification: false,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (!verified) return undefined;
    const { credential, credentialDeviceType } = registrationInfo;
    return {
      credentialId: Buffer.from(credential.id, 'base64url'),
      publicKey: Buffer.from(credential.publicKey),
      counter: credential.counter,
      synced: credentialDeviceType === 'multiDevice',
    };
  } catch {
    return undefined;
  }
}

async function hasCertificates(attestationObject: string): Promise<boolean> {
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers');
  const decoded = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url')));
  const format = decoded.get('fmt');
  return !(format === 'none' || (format === 'packed' && decoded.get('attStmt').get('x5c') === undefined));
}
