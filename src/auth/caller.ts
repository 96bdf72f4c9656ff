import type { Caller, RequestWithCaller } from '../platform/index.js';
import { EVERYTHING } from './roles/permission-catalogue.js';
import type { AccessClaims } from './sessions/tokens.js';

export function callerOf({ sub, sid, email, permissions }: AccessClaims, request: RequestWithCaller): Caller {
  return {
    kind: 'user',
    id: sub,
    userId: sub,
    email,
    sessionId: sid,
    ...holding(permissions),
    ...from(request),
  };
}

export function keyCaller(
  { id, permissions }: { id: string; permissions: string[] },
  request: RequestWithCaller,
): Caller {
  return { kind: 'key', id, userId: null, email: null, sessionId: null, ...holding(permissions), ...from(request) };
}

export function anonymous(request: RequestWithCaller): Caller {
  return { kind: 'guest', id: null, userId: null, email: null, sessionId: null, ...holding([]), ...from(request) };
}

function holding(permissions: string[]): Pick<Caller, 'permissions' | 'can'> {
  const held = new Set(permissions);
  const all = held.has(EVERYTHING);
  return { permissions: held, can: (permission) => all || held.has(permission) };
}

function from(request: RequestWithCaller): Pick<Caller, 'address' | 'userAgent' | 'requestId'> {
  return {
    address: request.ip,
    userAgent: request.headers['user-agent']?.slice(0, 300) ?? null,
    requestId: request.id,
  };
}
