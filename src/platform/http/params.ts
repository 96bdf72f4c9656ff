import { createParamDecorator, type ExecutionContext, Injectable, type PipeTransform } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { IfMatchRequired, MalformedId, MalformedRequest } from '../errors/problems.js';

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

export const isUuid = (value: string): boolean => UUID.test(value);

/** An id in the path. */
@Injectable()
export class ParseUuid implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!isUuid(value)) throw new MalformedId(value);
    return value.toLowerCase();
  }
}

// A proxy that compresses an answer makes its ETag weak; what it names is the same version all the same. Strong comparison
// (RFC 9110 §13.1.1) would refuse whoever reads through one for ever.
// The language that it was read in is no part of the version.
const VERSION = /^(?:W\/)?"(\d{1,15})(?:-[A-Za-z\d-]{2,20})?"$/;

export function ifMatchOf(_: unknown, context: ExecutionContext): number {
  const header = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
  if (header === undefined) throw new IfMatchRequired();
  if (header.trim() === '*') {
    throw new MalformedRequest(
      'If-Match: * would overwrite whatever is there. Send the version that you read, such as "3".',
    );
  }
  const versions = header.split(',').map((tag) => Number(VERSION.exec(tag.trim())?.[1]));
  if (versions.some(Number.isNaN)) {
    throw new MalformedRequest(
      'If-Match takes versions, such as "3": the ETag that you get when you read with your token.',
    );
  }
  // Versions only rise: of several that were read, the newest alone can be the one that there is now.
  return Math.max(...versions);
}

/** The version that If-Match names (RFC 9110 §13.1.1). `*` is not enough: it protects nothing. */
export const IfMatch = createParamDecorator(ifMatchOf);
