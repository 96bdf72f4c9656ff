import { SetMetadata } from '@nestjs/common';

export interface CliDeclaration {
  /** Name and arguments as commander takes them: `catalog:import <file>`. */
  usage: string;
  description: string;
  options: [flags: string, description: string][];
}

export const CLI_COMMAND = 'galley:cli-command';

/** A provider that is also a command of `galley`. */
export const CliCommand = (usage: string, description: string, options: [string, string][] = []) =>
  SetMetadata(CLI_COMMAND, { usage, description, options } satisfies CliDeclaration);

export interface CliAction {
  /** Gives the exit code. What it prints goes to standard output. */
  run(args: string[], options: Record<string, string | boolean | undefined>): Promise<number>;
}
