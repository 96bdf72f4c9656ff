import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import {
  ACCESS,
  type Access,
  type Caller,
  NotSignedIn,
  PermissionDenied,
  type RequestWithCaller,
} from '../platform/index.js';
import { anonymous } from './caller.js';

/** Decides on each request whether its caller may. A route that declares nothing lets nobody in. */
@Injectable()
export class AccessGuard extends AuthGuard('jwt') {
  constructor(private readonly reflector: Reflector) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
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
    await super.canActivate(context);
    const caller = (request as RequestWithCaller & { user: Caller }).user;
    request.caller = caller;
    if (access?.kind === 'permission' && !access.orOwner && !caller.can(access.permission)) {
      throw new PermissionDenied(access.permission);
    }
    return access !== undefined;
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
