import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import type { Person, TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';

/** A picture with something to see in it: left half red, right half blue. */
export function picture(width = 800, height = 600): Sharp {
  const half = { width: Math.ceil(width / 2), height, channels: 3 as const, background: 'blue' };
  return sharp({ create: { width, height, channels: 3, background: 'red' } }).composite([
    { input: { create: half }, left: Math.floor(width / 2), top: 0 },
  ]);
}

export const jpeg = (width?: number, height?: number): Promise<Buffer> => picture(width, height).jpeg().toBuffer();

export function formOf(file: Uint8Array, fields: Record<string, string> = {}, name = 'kettle.jpg'): FormData {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append('file', new Blob([file as Uint8Array<ArrayBuffer>]), name);
  return form;
}

let products = 0;

export async function makeProduct(app: TestApp, staff: Person, fields: object = {}) {
  const sku = `PICTURED-${++products}`;
  const { body } = await app.as(staff).post('/v1/products', {
    ...{
      name: `Pictured ${products}`,
      status: 'active',
      variants: [{ sku, prices: [{ amount: 100, currency: 'EUR' }] }],
    },
    ...fields,
  });
  return body;
}

export async function upload(app: TestApp, staff: Person, productId: string, form?: FormData): Promise<Answer> {
  return app.as(staff).post(`/v1/products/${productId}/media`, form ?? formOf(await jpeg()));
}

/** Every file that the store, and whoever works at one, has. */
export async function storedFiles(app: TestApp): Promise<string[]> {
  const folders = ['files/media', 'files/originals', 'scratch'];
  const found = folders.map(async (folder) => {
    const entries = await readdir(join(app.dataDir, folder), { recursive: true, withFileTypes: true }).catch(() => []);
    return entries.flatMap((entry) =>
      entry.isFile() ? [join(entry.parentPath, entry.name).slice(app.dataDir.length + 1)] : [],
    );
  });
  return (await Promise.all(found)).flat().sort();
}

/** The file at an address of the API. */
export async function download(app: TestApp, url: string): Promise<Buffer> {
  const answer = await fetch(app.url + url);
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}.`);
  return Buffer.from(await answer.arrayBuffer());
}
