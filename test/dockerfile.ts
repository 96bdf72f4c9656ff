import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

interface Instruction {
  keyword: string;
  /** Options such as `--from=build`. */
  flags: string[];
  text: string;
}

/** One `FROM … AS name` and what follows it, carried out in a folder that stands for the image's root. */
export interface Stage {
  name: string;
  image: string;
  instructions: Instruction[];
  folder: string;
  workdir: string;
  env: Record<string, string>;
}

export function parseDockerfile(text: string): Stage[] {
  const stages: Stage[] = [];
  const lines = text.replaceAll(/\\\n/g, ' ').split('\n');
  for (const line of lines.filter((each) => each.trim() !== '' && !each.startsWith('#'))) {
    const [, keyword, flags, rest] = /^(\w+)\s+((?:--\S+\s+)*)(.*)$/.exec(line) ?? [];
    if (!keyword || rest === undefined) throw new Error(`Not an instruction: ${line}`);
    if (keyword === 'FROM') {
      const [image, , name] = rest.split(/\s+/);
      stages.push({ name: name ?? '', image: image!, instructions: [], folder: '', workdir: '/', env: {} });
    } else {
      stages.at(-1)!.instructions.push({ keyword, flags: flags!.trim().split(/\s+/).filter(Boolean), text: rest });
    }
  }
  return stages;
}

/**
 * Carries out a stage as a container engine would, with folders for images and a shell for RUN. The official image brings
 * Node.js 24 and the user `node`: here they are this Node.js and a `chown` that does nothing.
 */
export function carryOut(stage: Stage, all: Stage[], context: string, options: { installed?: string } = {}): void {
  const tools = join(stage.folder, 'usr/local/bin');
  mkdirSync(tools, { recursive: true });
  symlinkSync(process.execPath, join(tools, 'node'));
  writeFileSync(join(tools, 'chown'), '#!/bin/sh\n', { mode: 0o755 });
  for (const { keyword, flags, text } of stage.instructions) {
    if (keyword === 'WORKDIR') {
      stage.workdir = text;
      mkdirSync(join(stage.folder, text), { recursive: true });
    } else if (keyword === 'ENV') {
      const [name, value] = text.split('=') as [string, string];
      stage.env[name] = value;
    } else if (keyword === 'COPY') {
      const from = flags.find((flag) => flag.startsWith('--from='))?.slice('--from='.length);
      copy(stage, text.split(/\s+/), from ? all.find(({ name }) => name === from)!.folder : context);
    } else if (keyword === 'RUN') {
      // `npm ci` with everything is what the checkout has just had: its result is taken.
      if (text === 'npm ci' && options.installed) symlinkSync(options.installed, inside(stage, 'node_modules'));
      else runShell(stage, text);
    }
  }
}

function copy(stage: Stage, paths: string[], from: string): void {
  const target = paths.pop()!;
  for (const path of paths) {
    const to = target.endsWith('/') ? join(target, basename(path)) : target;
    mkdirSync(dirname(inside(stage, to)), { recursive: true });
    cpSync(join(from, path), inside(stage, to), { recursive: true });
  }
}

function runShell(stage: Stage, script: string): void {
  execFileSync('sh', ['-e', '-c', script], { cwd: inside(stage, '.'), env: environment(stage), stdio: 'pipe' });
}

/** The environment of a process in this image: the machine's own, less what would not be there. */
export function environment(stage: Stage): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return {
    PATH: `${join(stage.folder, 'usr/local/bin')}:${PATH}`,
    HOME,
    npm_config_prefer_offline: 'true',
    ...stage.env,
  };
}

export function inside(stage: Stage, path: string): string {
  return path.startsWith('/') ? join(stage.folder, path) : join(stage.folder, stage.workdir, path);
}
