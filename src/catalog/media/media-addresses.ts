import { Injectable } from '@nestjs/common';
import { HttpSettings } from '../../platform/index.js';
import { MediaSettings } from './media.settings.js';

/** Where clients find pictures: at the CDN, at the public URL, else at a path of the server that they ask. */
@Injectable()
export class MediaAddresses {
  private readonly base: string;

  constructor({ url }: MediaSettings, { publicUrl = '' }: HttpSettings) {
    this.base = (url ?? `${publicUrl.replace(/\/+$/, '')}/v1/media`).replace(/\/+$/, '');
  }

  /** Of a file, such as `0198…/3f2a…-480.webp`. */
  of(file: string): string {
    return `${this.base}/${file}`;
  }

  /** What addresses begin with, as text in a statement: it comes from settings. */
  get sql(): string {
    return `'${this.base.replaceAll("'", "''")}/'`;
  }

  /** The same as a value. */
  get prefix(): string {
    return `${this.base}/`;
  }
}
