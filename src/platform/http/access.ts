import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Who calls. Guests have no id and no permissions. */
export interface Caller {
  readonly kind: 'user' | 'key' | 'guest';
  /** Of the account or of the API key: names whoever acts. */
  readonly id: string | null;
  /** The account, when a person calls: what belongs to a shopper belongs to it. An API key owns nothing. */
  readonly userId: string | null;
  readonly email: string | null;
  readonly sessionId: string | null;
  /** Of the secret that an API key calls with: what finds it, and is no secret itself. */
  readonly secretLookup: string | null;
  /** When this person last proved who they are, in seconds since 1970; 0 when that is not known. */
  readonly authenticatedAt: number;
  /** How they did, as RFC 8176 names it: `pwd`, `otp`, …. */
  readonly methods: readonly string[];
  readonly permissions: ReadonlySet<string>;
  /** Some role of theirs needs a second factor, and they have not shown one: they may set one up, and no more. */
  readonly mustEnrol: boolean;
  /** IP address, as far as GALLEY_TRUST_PROXY lets us know it. */
  readonly address: string;
  readonly userAgent: string | null;
  readonly requestId: string;
  can(permission: string): boolean;
}

/** What a route demands of its caller. Every route declares one, or the start fails. */
export type Access =
  | { kind: 'anonymous' }
  | { kind: 'public' }
  | { kind: 'signed_in' }
  | { kind: 'permission'; permission: string; orOwner: boolean };

export const ACCESS = Symbol('access');

/** Anyone may call, and who it is does not matter: a token is not looked at. */
export const Anonymous = () => SetMetadata(ACCESS, { kind: 'anonymous' } satisfies Access);

/** Anyone may call. A token that is sent is still checked. */
export const Public = () => SetMetadata(ACCESS, { kind: 'public' } satisfies Access);

/** Any signed-in person: for a shopper's own things. API keys are not let in. */
export const SignedIn = () => SetMetadata(ACCESS, { kind: 'signed_in' } satisfies Access);

export const RECENT_SIGN_IN = Symbol('recentSignIn');

/** Which requests need a recent sign-in: all of an operation, or those whose body has the property `toChange`. */
export interface RecentSignInRule {
  toChange?: string;
}

/** For what is sensitive: a person must have signed in lately, or step up (RFC 9470). API keys are not asked. */
export const RecentSignIn = (rule: RecentSignInRule = {}) => SetMetadata(RECENT_SIGN_IN, rule);

export const ENROLLING = Symbol('enrolling');

/** Also for people who have to set up a second factor before they may do anything else. */
export const Enrolling = () => SetMetadata(ENROLLING, true);

/** Callers with the permission; with `orOwner` also a signed-in owner, whom the service recognises. */
export const Requires = (permission: `${string}:${string}`, { orOwner = false } = {}) =>
  SetMetadata(ACCESS, { kind: 'permission', permission, orOwner } satisfies Access);

/** What each permission lets its holder do, by its name. */
export type PermissionDescriptions = Record<`${string}:${string}`, string>;

export const PERMISSIONS = Symbol('permissions');

/** On a module: what the permissions that its routes demand are for. One that nobody describes stops the start. */
export const Permissions = (descriptions: PermissionDescriptions) => SetMetadata(PERMISSIONS, descriptions);

export type RequestWithCaller = FastifyRequest & {
  caller?: Caller;
  rawBody?: Buffer;
  /** Decides anew whether the caller may, as the guard did. Throws the refusal. */
  decideAnew?: () => Promise<unknown>;
};

/** The caller, set by the guard. */
export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = context.switchToHttp().getRequest<RequestWithCaller>().caller;
  if (!caller) throw new Error('No guard has set the caller.');
  return caller;
});

/**
 * For bodies that come after the guard has decided, at their end: meanwhile a key may have been revoked, a session ended, a
 * role taken away. Refuses as a new request would be.
 */
export async function demandAccessStill(request: RequestWithCaller): Promise<void> {
  if (!request.decideAnew) throw new Error('No guard can decide anew.');
  await request.decideAnew();
}

/** The body exactly as it came, for signatures. */
export const RawBody = createParamDecorator(
  (_: unknown, context: ExecutionContext): Buffer =>
    context.switchToHttp().getRequest<RequestWithCaller>().rawBody ?? Buffer.alloc(0),
);
