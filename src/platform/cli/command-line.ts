import type { Type } from '@nestjs/common';
import { Command, CommanderError } from 'commander';
import { readSettings } from '../config/settings.js';
import { Refusal } from '../errors/refusal.js';
import { LogSettings } from '../observability/log.settings.js';
import { lineFor } from '../process/start-error.js';
import { type CliAction, type CliDeclaration } from './cli-command.js';
import { addConfigCommand } from './config.command.js';
import { commandsOf } from './declared-commands.js';
import { addOpenApiCommand } from './openapi.command.js';
import { addPermissionsCommand } from './permissions.command.js';
import { withApplication } from './with-application.js';

/** Runs `galley <args>`. Gives the exit code. */
export async function runCommandLine(module: Type, args: string[]): Promise<number> {
  let code = 0;
  const finish = (result: number) => {
    code = result;
  };
  const program = new Command('galley')
    .description('Looks after a Galley: works beside a running one, or on its own.')
    .helpCommand(false)
    .showHelpAfterError('See "galley --help".')
    .exitOverride();
  for (const { type, declaration } of commandsOf(module)) {
    declare(program, declaration).action(async (...given: unknown[]) => {
      finish(await withApplication(module, (app) => runAction(app.get<CliAction>(type, { strict: false }), given)));
    });
  }
  addConfigCommand(program);
  addOpenApiCommand(program, module);
  addPermissionsCommand(program, module);
  if (args.length === 0) program.outputHelp();
  else await program.parseAsync(args, { from: 'user' }).catch((error: unknown) => finish(complain(error)));
  await flush();
  return code;
}

/** A pipe takes what it can; the caller ends the process, and must not end it in the middle of the output. */
async function flush(): Promise<void> {
  // Whoever reads has seen enough: `galley config | head`.
  process.stdout.on('error', () => process.exit());
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
}

function declare(program: Command, { usage, description, options }: CliDeclaration): Command {
  const command = program.command(usage).description(description);
  for (const [flags, text] of options) command.option(flags, text);
  return command;
}

/** Commander calls with each argument, then the options, then the command itself. */
function runAction(action: CliAction, given: unknown[]): Promise<number> {
  const args = given
    .slice(0, -2)
    .flat()
    .filter((arg) => arg !== undefined) as string[];
  return action.run(args, given.at(-2) as Record<string, string | boolean | undefined>);
}

function complain(error: unknown): number {
  // Commander has said already what is wrong.
  if (error instanceof CommanderError) return error.exitCode;
  const line = lineFor(error) ?? (error instanceof Refusal ? error.message : undefined);
  process.stderr.write(`${line ?? `Failed: ${error instanceof Error ? error.message : String(error)}`}\n`);
  if (line === undefined && error instanceof Error && ['debug', 'trace'].includes(readSettings(LogSettings).level)) {
    process.stderr.write(`${error.stack}\n`);
  }
  return 1;
}
