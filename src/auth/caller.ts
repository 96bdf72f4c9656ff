import type { Caller, RequestWithCaller } from '../platform/index.js';
import { EVERYTHING } from './roles/permission-catalogue.js';
import type { AccessClaims } from './sessions/tokens.js';

/** What is known of a person, where there is none. */
const NOBODY = {
  userId: null,
  email: null,
  sessionId: null,
  secretLookup: null,
  authenticatedAt: 0,
  methods: [],
  mustEnrol: false,
};

export function callerOf(
  { sub, sid, email, permissions, auth_time, amr, enrol }: AccessClaims,
  request: RequestWithCaller,
): Caller {
  return {
    kind: 'user',
    id: sub,
    userId: sub,
    email,
    sessionId: sid,
    secretLookup: null,
    authenticatedAt: auth_time,
    // Claims are remembered: what one request does to its copy is nothing to the next.
    methods: [...amr],
    mustEnrol: enrol === true,
    ...holding(permissions),
    ...from(request),
  };
}

export function keyCaller(
  { id, permissions, lookup }: { id: string; permissions: string[]; lookup: string },
  request: RequestWithCaller,
): Caller {
  return { ...NOBODY, kind: 'key', id, secretLookup: lookup, ...holding(permissions), ...from(request) };
}

export function anonymous(request: RequestWithCaller): Caller {
  return { ...NOBODY, kind: 'guest', id: null, ...holding([]), ...from(request) };
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
