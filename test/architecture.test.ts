import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Type } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '#src/app.module.js';

const root = join(import.meta.dirname, '..');

/** Rules that a tree of sources breaks. */
async function broken(folder: string): Promise<string[]> {
  const output = await new Promise<string>((resolve) => {
    const depcruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
    const args = [depcruise, '--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'src'];
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 26 }, (_, stdout) => resolve(stdout));
  });
  const { summary } = JSON.parse(output) as { summary: { violations: { rule: { name: string } }[] } };
  return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort();
}

describe('the borders between modules', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'galley-borders-'));
    for (const file of ['.dependency-cruiser.mjs', 'tsconfig.json', 'package.json']) {
      cpSync(join(root, file), join(folder, file));
    }
    symlinkSync(realpathSync(join(root, 'node_modules')), join(folder, 'node_modules'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each<[string, string[], Record<string, string>]>([
    ['nothing about a call downstream', [], { 'orders/a.ts': '../catalog/index.js', 'catalog/index.ts': '' }],
    ['a call upstream', ['direction-of-catalog'], { 'catalog/a.ts': '../orders/index.js', 'orders/index.ts': '' }],
    [
      'a platform that knows a module',
      ['direction-of-platform'],
      { 'platform/a.ts': '../auth/index.js', 'auth/index.ts': '' },
    ],
    ['a call of webhooks', ['direction-of-orders'], { 'orders/a.ts': '../webhooks/index.js', 'webhooks/index.ts': '' }],
    [
      'payments that know orders',
      ['direction-of-payments'],
      { 'payments/a.ts': '../orders/index.js', 'orders/index.ts': '' },
    ],
    ['a way around the door', ['through-the-door'], { 'orders/a.ts': '../catalog/b.js', 'catalog/b.ts': '' }],
    [
      'a module that enters by its own door',
      ['not-through-your-own-door'],
      { 'orders/a.ts': './index.js', 'orders/index.ts': '' },
    ],
    ['a cycle', ['no-cycle'], { 'orders/a.ts': './b.js', 'orders/b.ts': './a.js' }],
    [
      'a module that nobody has listed',
      ['listed-module'],
      { 'gifts/a.ts': '../platform/index.js', 'platform/index.ts': '' },
    ],
    [
      'a module that imports what puts modules together',
      ['direction-of-orders', 'modules-know-no-start'],
      { 'orders/a.ts': '../app.module.js', 'app.module.ts': '' },
    ],
    ['a development dependency in what ships', ['not-to-development'], { 'orders/a.ts': 'vitest' }],
    ['an import of nothing', ['resolvable'], { 'orders/a.ts': './missing.js' }],
  ])('reports %s', async (_, rules, files) => {
    rmSync(join(folder, 'src'), { recursive: true, force: true });
    for (const [path, imported] of Object.entries(files)) {
      const file = join(folder, 'src', path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(
        file,
        imported ? `import * as it from '${imported}';\nexport const x = it;\n` : 'export const y = 1;\n',
      );
    }
    expect(await broken(folder)).toEqual(rules);
  });

  it('are kept by every file', async () => {
    expect(await broken(root)).toEqual([]);
  });
});

describe('a module', () => {
  const modules = (Reflect.getMetadata('imports', AppModule) as Type[]).map((type) => ({ name: folderOf(type), type }));

  it.each(modules)('$name imports what it declares in @Module, and nothing else', ({ name, type }) => {
    const declared = ((Reflect.getMetadata('imports', type) ?? []) as Type[])
      .filter((imported) => typeof imported === 'function')
      .map(folderOf)
      .filter((folder) => modules.some((module) => module.name === folder));
    expect(importedBy(name)).toEqual(declared.sort());
  });

  it.each(modules)('$name says in its index.ts what it is for', ({ name }) => {
    expect(readFileSync(join(root, 'src', name, 'index.ts'), 'utf8')).toMatch(/^\/\*\* [A-Z][a-z]+: /);
  });
});

function folderOf(module: Type): string {
  return module.name.replace(/Module$/, '').toLowerCase();
}

/** The modules that the sources of a module name in their imports. */
function importedBy(name: string): string[] {
  const sources = readdirSync(join(root, 'src', name), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const found = sources.flatMap((file) =>
    [...readFileSync(join(root, 'src', name, file), 'utf8').matchAll(/from '(?:\.\.\/)+([a-z]+)\/index\.js'/g)].map(
      ([, module = '']) => module,
    ),
  );
  return [...new Set(found)].filter((module) => module !== name).sort();
}
