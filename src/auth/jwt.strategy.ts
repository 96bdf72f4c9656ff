import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { type Caller, isUuid, type RequestWithCaller } from '../platform/index.js';
import { callerOf } from './caller.js';
import { ALGORITHM } from './keys/key-pair.js';
import { SigningKeys } from './keys/signing-keys.js';
import { RevokedSessions } from './sessions/revoked-sessions.js';
import { type AccessClaims, AUDIENCE, ISSUER } from './sessions/tokens.js';
import { VerifiedTokens } from './verified-tokens.js';

/** No token of ours is longer. */
const MAX_TOKEN = 8192;

const bearer = ExtractJwt.fromAuthHeaderAsBearerToken();

function tokenOf(request: RequestWithCaller): string | null {
  const token = bearer(request);
  return token !== null && token.length <= MAX_TOKEN ? token : null;
}

/** Verifies access tokens: pinned algorithm, our issuer and audience, a key that we published, a session that nobody has revoked. No SQL. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(
    keys: SigningKeys,
    private readonly verified: VerifiedTokens,
    private readonly revoked: RevokedSessions,
  ) {
    super({
      jwtFromRequest: tokenOf,
      secretOrKeyProvider: (_request: unknown, token: string, done: (error: unknown, key?: string) => void) => {
        keys.verifying(kidOf(token)).then(
          // jsonwebtoken takes a KeyObject, which spares parsing the key each time; its types know strings only.
          (key) => (key ? done(null, key as unknown as string) : done(null, undefined)),
          (error: unknown) => done(error),
        );
      },
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
      passReqToCallback: true,
    });
  }

  /** A token that has been verified before is looked up. */
  override authenticate(...args: Parameters<Strategy['authenticate']>): void {
    // The types of Passport know requests of Express only.
    const request = args[0] as unknown as RequestWithCaller;
    const token = tokenOf(request);
    const claims = token === null ? undefined : this.verified.get(token);
    if (claims) this.success(callerOf(claims, request));
    else super.authenticate(...args);
  }

  validate(request: RequestWithCaller, claims: Partial<AccessClaims> & { exp?: number }): Caller | false {
    // Tokens of a release that did not say when: good, but not for what asks for a recent sign-in.
    const { sub, sid, email, permissions, auth_time = 0, amr = [], enrol = false, exp } = claims;
    // A token that never ends is none of ours.
    if (
      exp === undefined ||
      !sub ||
      !sid ||
      !isUuid(sub) ||
      !isUuid(sid) ||
      email === undefined ||
      !Array.isArray(permissions)
    )
      return false;
    if (this.revoked.has(sid)) return false;
    const said: AccessClaims = { sub, sid, email, permissions, auth_time, amr, enrol };
    const token = tokenOf(request) ?? '';
    this.verified.add(token, { claims: said, kid: kidOf(token), expiresAt: exp });
    return callerOf(said, request);
  }
}

/** The key id that the token's header names; nothing else of the header is believed. */
function kidOf(token: string): string {
  try {
    const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid?: unknown };
    return typeof header.kid === 'string' ? header.kid : '';
  } catch {
    return '';
  }
}
