import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { allSettings, type SettingInfo, settingsIn } from '../config/settings.js';

export function addConfigCommand(program: Command): void {
  program
    .command('config')
    .description('Show every setting: what it is now, what it is by default, what it does')
    .option('--markdown', "the README's table instead: defaults only")
    .option('--into <file>', 'write that table between the markers of this file')
    .action(async ({ markdown, into }: { markdown?: boolean; into?: string }) => {
      if (into) await fillIn(into);
      else process.stdout.write(markdown ? configMarkdown() : configText());
    });
}

/** The configuration table of the README. */
export function configMarkdown(): string {
  const rows = allSettings().map(
    (info) =>
      `| \`${info.name}\` | ${info.default === undefined ? '' : code(info.default)} | ${cell(info.does)} | ${cell(info.takes)} |`,
  );
  return `| variable | default | what it does | what it takes |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

const MARKED = /(?<=<!-- settings -->\n)[\s\S]*?(?=<!-- \/settings -->)/;

async function fillIn(file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  if (!MARKED.test(text)) throw new Error(`${file} has no markers <!-- settings --> and <!-- /settings -->.`);
  await writeFile(file, text.replace(MARKED, configMarkdown));
}

function configText(env: NodeJS.ProcessEnv = process.env): string {
  return settingsIn(env)
    .map((info) => `${info.name}=${shownValue(info, env)}\n    ${info.does}; takes ${info.takes}\n`)
    .join('');
}

function shownValue({ name, secret, default: usual }: SettingInfo, env: NodeJS.ProcessEnv): string {
  const set = env[name];
  if (set === undefined || set === '') return usual === undefined ? '  (not set)' : `${usual}  (default)`;
  return secret ? '(set, not shown)' : `${set}${usual === undefined ? '' : `  (default: ${usual})`}`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
const code = (text: string): string => `\`${cell(text)}\``;
