import { createHmac, randomBytes } from 'node:crypto';

/** What one sign-in at a provider is protected by. All of it follows from the flow token, which only the client has. */
export interface FlowSecrets {
  flowToken: string;
  /** Comes back with the answer, through the browser (RFC 6749 §10.12). */
  state: string;
  /** Comes back in the ID token (OpenID Connect Core §3.1.2.1). */
  nonce: string;
  /** Goes to the provider with the code (RFC 7636). */
  verifier: string;
}

export const newFlowToken = (): string => `glo_${randomBytes(32).toString('base64url')}`;

/** The token has 256 random bits, of which none of these tells anything: the database need not keep them. */
export function secretsOf(flowToken: string): FlowSecrets {
  const derived = (what: string) => createHmac('sha256', flowToken).update(what).digest('base64url');
  return { flowToken, state: derived('state'), nonce: derived('nonce'), verifier: derived('pkce verifier') };
}
