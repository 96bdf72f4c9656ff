import { Injectable } from '@nestjs/common';
import { HttpSettings } from '../../platform/index.js';
import { MediaSettings } from './media.settings.js';

const FILE = /\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/[^/]+$/i;
/** A base for addresses that are paths. */
const HERE = 'http://here.invalid';

/** Where clients find pictures: at the CDN, at the public URL, else at a path of the server that they ask. */
@Injectable()
export class MediaAddresses {
  private readonly base: string;
  /** All that a picture may be asked for at. */
  private readonly places: string[];

  constructor({ url }: MediaSettings, { publicUrl = '' }: HttpSettings) {
    const own = `${publicUrl.replace(/\/+$/, '')}/v1/media`;
    this.base = (url ?? own).replace(/\/+$/, '');
    this.places = [this.base, own, '/v1/media'].map((place) => new URL(`${place}/`, HERE).href);
  }

  /** Of a file, such as `0198…/3f2a…-480.webp`. */
  of(file: string): string {
    return `${this.base}/${file}`;
  }

  /** Of which picture this is the address, if it ends like one; and whether it is surely one of this server's. */
  pictureAt(address: string): { id: string; isOwn: boolean } | undefined {
    if (!URL.canParse(address, HERE)) return undefined;
    const { href, pathname } = new URL(address, HERE);
    const [, id] = FILE.exec(pathname) ?? [];
    return id === undefined ? undefined : { id, isOwn: this.places.some((place) => href.startsWith(`${place}${id}/`)) };
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
