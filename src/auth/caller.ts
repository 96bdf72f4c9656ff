import type { Caller, RequestWithCaller } from '../platform/index.js';
import type { AccessClaims } from './sessions/tokens.js';

/** The permission that holds all others: of administrators. */
const EVERYTHING = '*';

export function callerOf({ sub, sid, email, permissions }: AccessClaims, request: RequestWithCaller): Caller {
  const held = new Set(permissions);
  const all = held.has(EVERYTHING);
  return {
    id: sub,
    email,
    sessionId: sid,
    permissions: held,
    address: request.ip,
    userAgent: request.headers['user-agent']?.slice(0, 300) ?? null,
    requestId: request.id,
    can: (permission) => all || held.has(permission),
  };
}

export function anonymous(request: RequestWithCaller): Caller {
  return {
    id: null,
    email: null,
    sessionId: null,
    permissions: new Set(),
    address: request.ip,
    userAgent: request.headers['user-agent']?.slice(0, 300) ?? null,
    requestId: request.id,
    can: () => false,
  };
}
