import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sharp, SharpOptions } from 'sharp';
import { ImageTypeRefused, ImageUnreadable } from './media.errors.js';
import type { Source } from './media-row.js';

/** The longer side, in pixels. */
const SIZES = [160, 480, 960, 1920];
/** What lists show is no larger than this. */
const THUMBNAIL = 480;
/** A small file may stand for a picture that fills the memory. */
const MOST_PIXELS = 50_000_000;
/** Part of the names of files: moves when the same picture would be made into others, because names are kept for ever. */
const RECIPE = '1';

const ENCODINGS = {
  webp: (image: Sharp) => image.webp({ quality: 80 }),
  // Effort 2: a sixth of the time of the default, and a few percent more bytes.
  avif: (image: Sharp) => image.avif({ quality: 55, effort: 2, chromaSubsampling: '4:2:0' }),
};

/** What a picture is, by its content. */
export interface Picture {
  type: string;
  /** Upright. */
  width: number;
  height: number;
}

export interface MadeSizes {
  sources: Source[];
  /** Names of the largest, and of the one for lists. */
  file: string;
  thumbnail: string;
}

/** The kinds that are taken, by how their files begin. Only their decoders are ever run. */
const KINDS: { type: string; format: string; loader: string; begins: (head: Buffer) => boolean }[] = [
  {
    ...{ type: 'image/jpeg', format: 'jpeg', loader: 'VipsForeignLoadJpeg' },
    begins: (head) => head.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])),
  },
  {
    ...{ type: 'image/png', format: 'png', loader: 'VipsForeignLoadPng' },
    begins: (head) => head.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')),
  },
  {
    ...{ type: 'image/webp', format: 'webp', loader: 'VipsForeignLoadWebp' },
    begins: (head) => head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP',
  },
  {
    ...{ type: 'image/avif', format: 'heif', loader: 'VipsForeignLoadHeif' },
    begins: (head) => /^ftypavi[fs]/.test(head.toString('latin1', 4, 12)),
  },
  {
    ...{ type: 'image/gif', format: 'gif', loader: 'VipsForeignLoadNsgif' },
    begins: (head) => /^GIF8[79]a/.test(head.toString('latin1', 0, 6)),
  },
];

/**
 * Looks at a file that somebody sent, and reads all of it once.
 * @throws {ImageTypeRefused} {ImageUnreadable}
 */
export async function inspect(path: string): Promise<Picture> {
  const kind = await kindOf(path);
  return inTurn(async () => {
    const image = await decode(path);
    const { format, autoOrient } = await image.metadata().catch(unreadable);
    if (format !== kind.format) throw new ImageUnreadable('The picture is not what its first bytes say.');
    if (autoOrient.width * autoOrient.height > MOST_PIXELS) {
      throw new ImageUnreadable(`The picture has ${autoOrient.width} × ${autoOrient.height} pixels: that is too many.`);
    }
    await (await decode(path)).resize(16, 16, { fit: 'inside' }).raw().toBuffer().catch(unreadable);
    return { type: kind.type, ...autoOrient };
  });
}

/**
 * Makes the sizes of a picture, as files in a folder: upright, in the colours of the web, with nothing beside the pixels.
 * None is larger than the picture. Their names follow from its content.
 */
export async function makeSizes(
  path: string,
  hash: string,
  { width, height }: Picture,
  folder: string,
): Promise<MadeSizes> {
  const longest = Math.min(Math.max(width, height), SIZES.at(-1)!);
  const sizes = [...SIZES.filter((size) => size < longest), longest];
  const stem = createHash('sha256').update(`${RECIPE} ${hash}`).digest('hex').slice(0, 16);
  const sources: Source[] = [];
  for (const [format, encode] of Object.entries(ENCODINGS)) {
    for (const size of sizes) {
      const file = `${stem}-${size}.${format}`;
      const made = await inTurn(async () => {
        const image = (await decode(path)).autoOrient().resize(size, size, { fit: 'inside', withoutEnlargement: true });
        return encode(image).toFile(join(folder, file));
      });
      sources.push({ file, type: `image/${format}`, width: made.width, height: made.height });
    }
  }
  const thumbnail = sizes.filter((size) => size <= THUMBNAIL).at(-1) ?? longest;
  return { sources, file: `${stem}-${longest}.webp`, thumbnail: `${stem}-${thumbnail}.webp` };
}

async function kindOf(path: string) {
  const file = await open(path);
  try {
    const { buffer } = await file.read({ buffer: Buffer.alloc(64), position: 0 });
    const kind = KINDS.find(({ begins }) => begins(buffer));
    if (kind) return kind;
    const svg = /^\W*(<\?xml|<!doctype svg|<svg|<!--)/i.test(buffer.toString('latin1'));
    const seen = svg ? 'SVG is refused, because it can carry scripts.' : 'The file is no picture that is taken.';
    throw new ImageTypeRefused(`${seen} Send a JPEG, PNG, WebP, AVIF or GIF.`);
  } finally {
    await file.close();
  }
}

const OPTIONS: SharpOptions = { failOn: 'error', limitInputPixels: MOST_PIXELS };

async function decode(path: string): Promise<Sharp> {
  library ??= load();
  return (await library)(path, OPTIONS);
}

type Library = (path: string, options: SharpOptions) => Sharp;
let library: Promise<Library> | undefined;

/** On first use: it brings 20 MB of memory along. */
async function load(): Promise<Library> {
  const { default: sharp } = await import('sharp');
  // One thread at a time, and nothing kept: requests come first.
  sharp.concurrency(1);
  sharp.cache(false);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: KINDS.map(({ loader }) => loader) });
  return sharp;
}

const unreadable = (error: Error): never => {
  const why = error.message
    .split('\n')[0]
    ?.replace(/^.*?: /, '')
    .slice(0, 100);
  throw new ImageUnreadable(`The picture cannot be read: ${why}.`);
};

let turn: Promise<unknown> = Promise.resolve();

/** One at a time in this process: a large picture takes up to 200 MB while it is decoded. */
function inTurn<T>(fn: () => Promise<T>): Promise<T> {
  const mine = turn.then(fn, fn);
  turn = mine.catch(() => {});
  return mine;
}
