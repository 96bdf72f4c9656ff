import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { UnknownProperty } from '../errors/problems.js';

/** Operations without query parameters refuse them too: a filter that nobody reads must not look as if it worked. */
@Injectable()
export class StrayQueryInterceptor implements NestInterceptor {
  private readonly takesQuery = new WeakMap<object, boolean>();

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const query = context.switchToHttp().getRequest<FastifyRequest>().query as object;
    for (const name in query) {
      if (this.reads(context)) break;
      const message = `"${name.slice(0, 100)}" is not known here: this operation takes no query parameters.`;
      throw new UnknownProperty([{ pointer: `?${name.slice(0, 100)}`, code: 'unknown', message }]);
    }
    return next.handle();
  }

  private reads(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    let reads = this.takesQuery.get(handler);
    if (reads === undefined) {
      const args = (Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), handler.name) ?? {}) as object;
      reads = Object.keys(args).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`));
      this.takesQuery.set(handler, reads);
    }
    return reads;
  }
}
