import { readdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FileStore } from '#src/platform/files/file-store.js';
import { FilesSettings } from '#src/platform/files/files.settings.js';
import { LocalFiles } from '#src/platform/files/local-files.js';
import { S3Files } from '#src/platform/files/s3-files.js';
import { NotAvailable, readSettings } from '#src/platform/index.js';
import { Bucket, CREDENTIALS } from '../support/s3.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.js';

const bucket = new Bucket('shop', 3);
let folder: TemporaryFolder;
let stores: Record<string, FileStore>;

beforeAll(async () => {
  Object.assign(process.env, CREDENTIALS);
  folder = await temporaryFolder();
  const { bucket: place } = readSettings(FilesSettings, { GALLEY_FILES: await bucket.open('/a-folder') });
  stores = { folder: new LocalFiles(folder.path), bucket: await S3Files.open(place!, 1000) };
});
afterAll(async () => {
  await bucket.close();
  await folder.remove();
  for (const name of Object.keys(CREDENTIALS)) delete process.env[name];
});

describe.each(['folder', 'bucket'])('Files in a %s', (kind) => {
  const put = async (key: string, text: string) => {
    const path = join(folder.path, 'given');
    await writeFile(path, text);
    await stores[kind]?.put(key, path, { contentType: 'text/plain', cacheControl: 'no-cache' });
  };
  const read = async (key: string) => {
    const found = await stores[kind]?.find(key);
    return found && [found.bytes, String(await buffer(await found.read()))];
  };
  const folders = async (key: string) => {
    const names: string[] = [];
    for await (const name of stores[kind]!.folders(key)) names.push(name);
    return names;
  };

  it('are kept by key, replaced, and read as they were put', async () => {
    await put('kettles/1/large.txt', 'Käse');
    expect(await read('kettles/1/large.txt')).toEqual([5, 'Käse']);
    await put('kettles/1/large.txt', 'Brot und Butter');
    expect(await read('kettles/1/large.txt')).toEqual([15, 'Brot und Butter']);
    expect(await read('kettles/1/small.txt')).toBeUndefined();
  });

  it('that go away before anybody reads them are missed by nobody who has left', async () => {
    await put('lids/1/file', 'Lid');
    const found = await stores[kind]?.find('lids/1/file');
    await stores[kind]?.removeFolder('lids/1');
    // An error that nobody hears would end the process, and fails this test.
    const file = await found?.read().catch(() => undefined);
    if (file) await new Promise((resolve) => file.once('close', resolve).destroy());
    expect(await read('lids/1/file')).toBeUndefined();
  });

  it('are removed by folder, and no other that begins alike', async () => {
    for (const key of ['pans/1/a', 'pans/1/b', 'pans/1/c', 'pans/1/d', 'pans/10/a']) await put(key, key);
    await stores[kind]?.removeFolder('pans/1');
    expect([await read('pans/1/a'), await read('pans/1/d')]).toEqual([undefined, undefined]);
    expect(await read('pans/10/a')).toEqual([9, 'pans/10/a']);
    await stores[kind]?.removeFolder('pans/1');
  });

  it('are listed by folder, however many there are', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (const name of names) await put(`cups/${name}/file`, name);
    expect(await folders('cups')).toEqual(names);
    expect(await folders('spoons')).toEqual([]);
  });
});

describe('A bucket', () => {
  beforeAll(async () => {
    const path = join(folder.path, 'given');
    await writeFile(path, 'Brot und Butter');
    const types = { contentType: 'text/plain', cacheControl: 'no-cache' };
    await stores['bucket']?.put('kettles/1/large.txt', path, types);
  });
  afterEach(() => {
    Object.assign(bucket, { away: false, silent: false, cutAfter: undefined, stopAfter: undefined });
  });

  it('holds all files in the folder that was named, and their types', () => {
    const kept = bucket.objects.get('a-folder/kettles/1/large.txt');
    expect(kept?.headers).toEqual({ 'content-type': 'text/plain', 'cache-control': 'no-cache' });
    expect(bucket.keys().every((key) => key.startsWith('a-folder/'))).toBe(true);
  });

  it('that is away is not available, and nothing is taken for missing', async () => {
    bucket.away = true;
    await expect(stores['bucket']?.find('kettles/1/large.txt')).rejects.toThrow(NotAvailable);
    bucket.away = false;
    await expect(stores['bucket']?.find('kettles/1/large.txt')).resolves.toMatchObject({ bytes: 15 });
  });

  it('that takes requests and says nothing is not available either', async () => {
    bucket.silent = true;
    await expect(stores['bucket']?.find('kettles/1/large.txt')).rejects.toThrow(NotAvailable);
    bucket.silent = false;
    await expect(stores['bucket']?.find('kettles/1/large.txt')).resolves.toMatchObject({ bytes: 15 });
  });

  it('that ends in the middle of a file says so', async () => {
    bucket.cutAfter = 4;
    const found = await stores['bucket']?.find('kettles/1/large.txt');
    await expect(buffer((await found?.read()) as Readable)).rejects.toThrow(NotAvailable);
  });

  it('that stops in the middle of a file says so', async () => {
    bucket.stopAfter = 4;
    const found = await stores['bucket']?.find('kettles/1/large.txt');
    await expect(buffer((await found?.read()) as Readable)).rejects.toThrow(NotAvailable);
  });

  it('waits for who is slower to read than it may be to answer', async () => {
    const bytes = 3_000_000;
    const path = join(folder.path, 'large');
    await writeFile(path, Buffer.alloc(bytes, 65));
    await stores['bucket']?.put('large', path, { contentType: 'text/plain' });
    const file = (await (await stores['bucket']?.find('large'))?.read()) as Readable;
    let [got, paused] = [0, false];
    for await (const part of file) {
      got += (part as Buffer).length;
      // No event says that nothing happens for longer than a bucket may be quiet.
      if (!paused) await pause(1500);
      paused = true;
    }
    expect(got).toBe(bytes);
  });

  it('that refuses a file leaves none open', async () => {
    const open = async () =>
      (
        await Promise.all((await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
      ).filter((path) => path.includes(folder.path));
    const path = join(folder.path, 'given');
    bucket.away = true;
    await expect(stores['bucket']?.put('kettles/2/large.txt', path, { contentType: 'text/plain' })).rejects.toThrow();
    bucket.away = false;
    await expect.poll(open).toEqual([]);
  });

  it.each([
    's3://shop/folder?region=eu-central-1',
    's3://shop-1.example/?endpoint=https://files.example.com',
    's3://shop?endpoint=http://127.0.0.1:9000',
  ])('may be %s', (address) => {
    expect(readSettings(FilesSettings, { GALLEY_FILES: address }).bucket?.name).toMatch(/^shop/);
  });

  it.each([
    'https://shop.example.com',
    's3://',
    's3://Shop_1',
    's3://user:secret@shop',
    's3://shop/a%20folder',
    's3://shop?zone=1',
    's3://shop?endpoint=file:///etc',
    's3://shop?endpoint=https://files.example.com/path',
  ])('may not be %s, which the start says', (address) => {
    expect(() => readSettings(FilesSettings, { GALLEY_FILES: address })).toThrow(/GALLEY_FILES/);
  });
});
