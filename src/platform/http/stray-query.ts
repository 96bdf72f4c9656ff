import type { ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { UnknownProperty } from '../errors/problems.js';

const takesQuery = new WeakMap<object, boolean>();

/**
 * Operations without query parameters refuse them too: a filter that nobody reads must not look as if it worked.
 * @throws {UnknownProperty}
 */
export function refuseStrayQuery(context: ExecutionContext): void {
  const query = context.switchToHttp().getRequest<FastifyRequest>().query as object;
  for (const name in query) {
    if (reads(context)) return;
    const message = `"${name.slice(0, 100)}" is not known here: this operation takes no query parameters.`;
    throw new UnknownProperty([{ pointer: `?${name.slice(0, 100)}`, code: 'unknown', message }]);
  }
}

function reads(context: ExecutionContext): boolean {
  const handler = context.getHandler();
  let known = takesQuery.get(handler);
  if (known === undefined) {
    const args = (Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), handler.name) ?? {}) as object;
    known = Object.keys(args).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`));
    takesQuery.set(handler, known);
  }
  return known;
}
