import { BeyondOwnLimits } from '../auth.errors.js';
import type { ApiKeyFields } from './api-key.entity.js';
import { within } from './networks.js';

/** Until when and from where a key may be used. */
export type KeyLimits = Pick<ApiKeyFields, 'expiresAt' | 'allowedAddresses'>;

/**
 * No key gets around its limits by another one: what it gives does not outlast it, and is of no use elsewhere.
 * @throws {BeyondOwnLimits}
 */
export function demandWithin(own: KeyLimits, given: KeyLimits): void {
  if (own.expiresAt && !(given.expiresAt && given.expiresAt <= own.expiresAt)) throw new BeyondOwnLimits('expiresAt');
  const { allowedAddresses: networks } = own;
  // A key without addresses may be used from anywhere.
  if (networks.length > 0 && !(given.allowedAddresses.length > 0 && given.allowedAddresses.every(within(networks))))
    throw new BeyondOwnLimits('allowedAddresses');
}
