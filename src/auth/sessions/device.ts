import type { Caller } from '../../platform/index.js';
import type { Actor } from '../audit/audit-log.js';

/** From where somebody signs in. */
export type Device = Pick<Caller, 'address' | 'userAgent'>;

/** Whoever is there, before it is known who. */
export const guestAt = ({ address, userAgent }: Device): Actor => ({ kind: 'guest', id: null, address, userAgent });
