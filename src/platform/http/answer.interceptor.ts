import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { CachedBody } from '../cache/cached-body.js';
import { ReadCache } from '../cache/read-cache.js';
import { addressOf, cachedAnswer, isAnonymousGet, matches } from './cached-answers.js';
import { Locales } from './locales.js';
import { Moved, type MovedResponse } from './moved.js';
import { CREATED, VERSIONED, type Versioning } from './operation.js';
import { Unaddressed } from './unaddressed.js';

/** Writes what follows from the answer itself: Location, ETag, 304. */
@Injectable()
export class AnswerInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    readonly cache: ReadCache,
    readonly locales: Locales,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const handler = context.getHandler();
    const location = this.reflector.get<string | undefined>(CREATED, handler);
    const versioned = this.reflector.get<Versioning | undefined>(VERSIONED, handler);
    const http = context.switchToHttp();
    return next.handle().pipe(
      map((answer: unknown) => {
        const body = answer instanceof Unaddressed ? answer.body : answer;
        const reply = http.getResponse<FastifyReply>();
        if (body instanceof CachedBody) {
          const request = http.getRequest<FastifyRequest>();
          const { cache, locales } = this;
          if (body === answer && isAnonymousGet(request)) {
            cache.answers(addressOf(request, locales), body, request.routeOptions.url ?? 'none');
          }
          const { status, head, bytes } = cachedAnswer(body, request.headers, this);
          reply.status(status);
          for (let at = 0; at < head.length; at += 2) setHeader(reply, head[at] ?? '', head[at + 1] ?? '');
          return bytes;
        }
        if (body instanceof Moved) {
          const { url } = http.getRequest<FastifyRequest>();
          const to = body.path + (url.includes('?') ? url.slice(url.indexOf('?')) : '');
          reply.status(301).header('location', to).header('cache-control', 'no-cache');
          return { location: to } satisfies MovedResponse;
        }
        if (location) reply.header('location', filledIn(location, body as Record<string, string>));
        const request = http.getRequest<FastifyRequest>();
        const language = versioned === 'translated' ? this.languageOf(request) : undefined;
        const etag = versioned
          ? `"${(body as { version: number }).version}${language ? `-${language}` : ''}"`
          : undefined;
        if (versioned === 'translated' && this.locales.several) setHeader(reply, 'vary', 'accept-language');
        const read = request.method === 'GET' && versioned !== 'live';
        if (etag) reply.header('etag', etag);
        if (!reply.hasHeader('cache-control')) {
          reply.header('cache-control', etag && read ? 'private, no-cache' : 'no-store');
        }
        if (!etag || !read || !matches(request.headers['if-none-match'], etag)) return body;
        reply.status(304);
        return undefined;
      }),
    );
  }

  /** That of the answer, unless it is the one that all is written in. */
  private languageOf({ query, headers }: FastifyRequest): string | undefined {
    const { locale } = query as { locale?: string };
    const language = this.locales.choose(locale, headers['accept-language']);
    return language === this.locales.base ? undefined : language;
  }
}

/** The answer to some origin's page may already vary by origin. */
function setHeader(reply: FastifyReply, name: string, value: string): void {
  const before = name === 'vary' ? reply.getHeader(name) : undefined;
  reply.header(name, before === undefined ? value : `${String(before)}, ${value}`);
}

/** `/v1/roles/:name` with the `name` of the body. */
const filledIn = (location: string, body: Record<string, string>): string =>
  location.replaceAll(/:(\w+)/g, (_, property: string) => encodeURIComponent(body[property] ?? ''));
