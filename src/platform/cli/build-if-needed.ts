import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/*
 * Builds unless `dist/` already is what the sources say, then runs the program that is named, if any. Node.js runs this
 * file as it is (`node src/platform/cli/build-if-needed.ts dist/src/main.js`), so it may use only what Node.js itself
 * has, and only erasable types.
 */

const root = join(import.meta.dirname, '../../..');
const dist = join(root, 'dist');
const stamp = join(dist, '.build-stamp');
const lock = join(dist, '.build-lock');
const INPUTS = ['src', 'ormconfig.ts', 'package-lock.json', 'tsconfig.json', 'nest-cli.json'];

if (!isUpToDate()) {
  mkdirSync(dist, { recursive: true });
  waitForLock();
  try {
    // The one that held the lock may have built it meanwhile.
    if (!isUpToDate()) build();
  } finally {
    rmSync(lock, { force: true });
  }
}

// In this very process: signals reach it directly, and there is no second start to wait for.
const program = process.argv[2];
if (program) {
  process.argv.splice(1, 2, join(root, program));
  await import(pathToFileURL(join(root, program)).href);
}

function isUpToDate(): boolean {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint();
}

/** Names, sizes and times of all inputs: reading the files themselves would take as long as it looks. */
function fingerprint(): string {
  const hash = createHash('sha256');
  for (const input of INPUTS) {
    for (const file of filesIn(input)) {
      const { size, mtimeMs } = statSync(join(root, file));
      hash.update(`${file}\0${size}\0${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

function filesIn(input: string): string[] {
  const found = statSync(join(root, input), { throwIfNoEntry: false });
  if (!found?.isDirectory()) return found ? [input] : [];
  return readdirSync(join(root, input), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

function build(): void {
  const nest = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
  if (!existsSync(nest)) fail('Galley is not built, and its build tools are not installed: run "npm ci".\n');
  process.stdout.write('Building Galley…\n');
  // Taken before the build: a file that is saved while it runs is built the next time.
  const built = fingerprint();
  rmSync(stamp, { force: true });
  const { status, stdout, stderr } = spawnSync(process.execPath, [nest, 'build'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) fail(`${stdout}${stderr}`);
  removeLeftovers();
  writeFileSync(stamp, built);
}

/** What was compiled from a source that is gone; migrations, for one, are found by looking into the folder. */
function removeLeftovers(): void {
  for (const entry of readdirSync(join(dist, 'src'), { recursive: true, withFileTypes: true })) {
    const compiled = join(entry.parentPath, entry.name);
    const source = join(root, compiled.slice(dist.length)).replace(/\.js(\.map)?$/, '.ts');
    if (entry.isFile() && /\.js(\.map)?$/.test(entry.name) && !existsSync(source)) rmSync(compiled);
  }
}

/** Creating the file with the flag `wx` is the lock; one whose process has ended counts for nothing. */
function waitForLock(): void {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return;
    } catch {
      if (!isHeld()) rmSync(lock, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}

function isHeld(): boolean {
  try {
    const age = Date.now() - statSync(lock).mtimeMs;
    const pid = Number(readFileSync(lock, 'utf8'));
    // Empty for an instant, between being created and being written.
    if (!pid) return age < 2_000;
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function fail(output: string): never {
  rmSync(lock, { force: true });
  process.stderr.write(output);
  process.exit(1);
}
