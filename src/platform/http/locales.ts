import { createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import { Matches } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { Env } from '../config/settings.js';

export class LocaleSettings {
  @Matches(/^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?(,[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?){0,19}$/)
  @Env('GALLEY_LOCALES', {
    default: 'en',
    does: 'languages of the shop; the first is what products are written in, the others are translations',
    takes: 'up to 20 BCP 47 tags with commas between, such as en,de,de-AT',
  })
  locales: string;
}

/** Headers that were looked at before; browsers send few different ones. */
const REMEMBERED = 1000;

/** Which language to answer in. */
@Injectable()
export class Locales {
  /** What everything is written in. */
  readonly base: string;
  /** Every locale there is, the base one first. */
  readonly all: string[];
  private readonly byHeader = new Map<string, string>();

  constructor({ locales }: LocaleSettings) {
    this.all = [...new Set(locales.split(','))];
    this.base = this.all[0] as string;
  }

  /** More than one: what is answered depends on Accept-Language. */
  get several(): boolean {
    return this.all.length > 1;
  }

  /** The locale asked for by name, else by Accept-Language: the closest there is, else the base (RFC 4647 §3.4). */
  choose(asked: string | undefined, header: string | undefined): string {
    return asked === undefined ? this.negotiate(header) : (this.closest(asked) ?? this.base);
  }

  /** By Accept-Language (RFC 9110 §12.5.4). */
  negotiate(header: string | undefined): string {
    if (!this.several || header === undefined) return this.base;
    const known = this.byHeader.get(header);
    if (known !== undefined) return known;
    const wanted = header
      .slice(0, 500)
      .split(',')
      .map((part) => {
        const [tag = '', ...parameters] = part.trim().split(/\s*;\s*/);
        const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
        return { tag, quality: Number(quality) || 0 };
      })
      .filter(({ quality }) => quality > 0)
      .sort((a, b) => b.quality - a.quality);
    const found = wanted.map(({ tag }) => (tag === '*' ? this.base : this.closest(tag))).find(Boolean) ?? this.base;
    if (this.byHeader.size >= REMEMBERED) this.byHeader.clear();
    this.byHeader.set(header, found);
    return found;
  }

  /** A locale and those that it falls back to: `de-AT`, then `de`. The base is not among them. */
  chainOf(locale: string): string[] {
    const parts = locale.split('-');
    return parts
      .map((_, index) => parts.slice(0, parts.length - index).join('-'))
      .filter((tag) => tag !== this.base && this.all.includes(tag));
  }

  private closest(tag: string): string | undefined {
    const parts = tag.toLowerCase().split('-');
    for (let length = parts.length; length > 0; length--) {
      const prefix = parts.slice(0, length).join('-');
      const found = this.all.find((locale) => locale.toLowerCase() === prefix);
      if (found) return found;
    }
    return undefined;
  }
}

/** What the caller's program says of the languages that its user reads. */
export const AcceptLanguage = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | undefined =>
    context.switchToHttp().getRequest<FastifyRequest>().headers['accept-language'],
);
