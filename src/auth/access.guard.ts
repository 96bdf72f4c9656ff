import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import {
  ACCESS,
  type Access,
  type Caller,
  ENROLLING,
  NotForApiKeys,
  NotSignedIn,
  PermissionDenied,
  RECENT_SIGN_IN,
  RecentSignInRequired,
  type RecentSignInRule,
  type RequestWithCaller,
  SecondFactorRequired,
} from '../platform/index.js';
import { ApiKeyCallers } from './api-keys/api-key-callers.js';
import { AuthSettings } from './auth.settings.js';
import { anonymous } from './caller.js';

const API_KEY = /^Bearer +(glk_\S*)$/i;

/** Decides on each request whether its caller may. A route that declares nothing lets nobody in. */
@Injectable()
export class AccessGuard extends AuthGuard('jwt') {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ApiKeyCallers,
    private readonly settings: AuthSettings,
  ) {
    super();
  }

  override canActivate(context: ExecutionContext): Promise<boolean> {
    const decide = () => this.decide(context);
    context.switchToHttp().getRequest<RequestWithCaller>().decideAnew = decide;
    return decide();
  }

  private async decide(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    const request = context.switchToHttp().getRequest<RequestWithCaller>();
    if (access?.kind === 'anonymous' || request.headers.authorization === undefined) {
      request.caller = anonymous(request);
      if (access?.kind === 'anonymous' || access?.kind === 'public') return true;
      throw new NotSignedIn();
    }
    const caller = await this.identify(request, context);
    request.caller = caller;
    if (access?.kind === 'signed_in' && caller.kind === 'key') throw new NotForApiKeys();
    if (caller.mustEnrol && access?.kind !== 'public' && !this.says(ENROLLING, context))
      throw new SecondFactorRequired();
    // Only people own things.
    const mayOwn = access?.kind === 'permission' && access.orOwner && caller.kind === 'user';
    if (access?.kind === 'permission' && !mayOwn && !caller.can(access.permission)) {
      throw new PermissionDenied(access.permission);
    }
    if (caller.kind === 'user' && this.isSensitive(request, context)) this.refuseOld(caller);
    return access !== undefined;
  }

  private says(what: symbol, context: ExecutionContext): boolean {
    return this.reflector.get<boolean | undefined>(what, context.getHandler()) ?? false;
  }

  private isSensitive({ body }: RequestWithCaller, context: ExecutionContext): boolean {
    const rule = this.reflector.get<RecentSignInRule | undefined>(RECENT_SIGN_IN, context.getHandler());
    if (rule?.toChange === undefined) return rule !== undefined;
    return typeof body === 'object' && body !== null && Object.hasOwn(body, rule.toChange);
  }

  private refuseOld({ authenticatedAt }: Caller): void {
    const maxAge = this.settings.recentSignInMinutes * 60;
    if (Date.now() / 1000 - authenticatedAt > maxAge) throw new RecentSignInRequired(maxAge);
  }

  private async identify(request: RequestWithCaller, context: ExecutionContext): Promise<Caller> {
    const key = API_KEY.exec(request.headers.authorization ?? '')?.[1];
    if (key !== undefined) return this.keys.identify(key, request);
    await super.canActivate(context);
    return (request as RequestWithCaller & { user: Caller }).user;
  }

  override handleRequest<T>(error: unknown, caller: T | false, info: unknown): T {
    if (caller) return caller;
    if (error) throw error;
    const expired = (info as { name?: string } | undefined)?.name === 'TokenExpiredError';
    throw new NotSignedIn(
      expired ? 'The access token has expired. Refresh it.' : 'The access token cannot be used. Sign in again.',
    );
  }
}
