import { applyDecorators, HttpCode, SetMetadata, type Type } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import type { RefusalClass } from '../errors/refusal.js';

export const REFUSES = Symbol('refuses');
export const CREATED = Symbol('created');
export const VERSIONED = Symbol('versioned');
export const IDEMPOTENT = Symbol('idempotent');
export const CACHED = Symbol('cached');

/** The problems that an operation may answer, beyond those that its shape already tells. */
export const Refuses = (...problems: RefusalClass[]) => SetMetadata(REFUSES, problems);

/** 201 with a Location: `:id` in the template is the `id` of the body, and so on. */
export const Created = (location: string) => applyDecorators(HttpCode(201), SetMetadata(CREATED, location));

export type Versioning = 'whole' | 'live' | 'translated';

/**
 * The body has a `version`; it is sent as ETag too. With `live`, more changes than the version tells: no answer is 304. What
 * is `translated` by `locale` or Accept-Language has the language in its ETag as well, but for the one all is written in.
 */
export const Versioned = ({ live = false, translated = false } = {}) =>
  SetMetadata(VERSIONED, (live ? 'live' : translated ? 'translated' : 'whole') satisfies Versioning);

/** A public read, answered with a `CachedBody` of this shape: ETag, Cache-Control, 304. */
export const CachedRead = (type: Type) =>
  applyDecorators(SetMetadata(CACHED, true), ApiOkResponse({ type, description: 'As it is now.' }));

/** A read that answers a file in one of these media types. */
export const Download = (description: string, ...types: string[]) =>
  ApiOkResponse({
    description,
    headers: {
      'Content-Disposition': {
        description: 'What to call the file (RFC 6266).',
        schema: { type: 'string', example: 'attachment; filename="file.csv"' },
      },
    },
    content: Object.fromEntries(types.map((type) => [type, { schema: schemaOf(type) }])),
  });

/** A read that answers a file that never changes, in one of these media types: ETag, 304. */
export const Unchanging = (description: string, ...types: string[]) =>
  applyDecorators(
    SetMetadata(CACHED, true),
    ApiOkResponse({
      description,
      content: Object.fromEntries(types.map((type) => [type, { schema: { type: 'string', format: 'binary' } }])),
    }),
  );

const schemaOf = (type: string): object =>
  type === 'application/json' ? { type: 'object', additionalProperties: true } : { type: 'string' };

export interface Idempotency {
  required: boolean;
  /** The handler runs its own transactions and says itself when it claims and completes the key. */
  phased: boolean;
  /** Answers hold secrets (tokens) and are not stored; repeating is harmless by itself. */
  stored: boolean;
}

/**
 * A POST or PATCH that must carry an Idempotency-Key, unless `required` is false. Without this decorator the key is
 * welcome but optional.
 */
export const Idempotent = ({ phased = false, required = true } = {}) =>
  SetMetadata(IDEMPOTENT, { required, phased, stored: true } satisfies Idempotency);

/** Answers that hold secrets are never stored, so a key has no effect here. */
export const NotStored = () =>
  SetMetadata(IDEMPOTENT, { required: false, phased: false, stored: false } satisfies Idempotency);
