import { Injectable } from '@nestjs/common';
import { type CliAction, CliCommand } from '../cli/cli-command.js';
import { isUuid } from '../http/params.js';
import { DeadLetters } from './dead-letters.js';

@CliCommand('jobs:dead', 'List the jobs that failed again and again', [
  ['--limit <number>', 'how many at most; 100 by default'],
  ['--json', 'one JSON object a line, with the data'],
])
@Injectable()
export class DeadLettersCommand implements CliAction {
  constructor(private readonly letters: DeadLetters) {}

  async run(_: string[], { limit = '100', json = false }: { limit?: string; json?: boolean }): Promise<number> {
    if (!/^[1-9]\d{0,4}$/.test(limit)) {
      process.stderr.write(`--limit is "${limit}", but takes a number, 1 to 99999.\n`);
      return 1;
    }
    const letters = await this.letters.list(Number(limit));
    for (const letter of letters) {
      const { id, queue, failedAt, error } = letter;
      const line = json ? JSON.stringify(letter) : `${failedAt.toISOString()}  ${id}  ${queue}  ${error}`;
      process.stdout.write(`${line}\n`);
    }
    if (letters.length === 0 && !json) process.stdout.write('No job has failed for good.\n');
    return 0;
  }
}

@CliCommand('jobs:redrive [id...]', 'Try jobs again that failed for good: these, those of a queue, or all', [
  ['--queue <name>', 'as jobs:dead shows it'],
  ['--all', 'every one of them'],
])
@Injectable()
export class RedriveCommand implements CliAction {
  constructor(private readonly letters: DeadLetters) {}

  async run(ids: string[], { queue, all = false }: { queue?: string; all?: boolean }): Promise<number> {
    const wrong = ids.find((id) => !isUuid(id));
    if (wrong !== undefined || (ids.length === 0 && !queue && !all)) {
      process.stderr.write(wrong ? `"${wrong}" is not an id.\n` : 'Say which: ids, --queue <name>, or --all.\n');
      return 1;
    }
    const count = await this.letters.redrive({ ids, ...(queue ? { queue } : {}) });
    process.stdout.write(`${count} put back.\n`);
    return count === 0 && !all ? 1 : 0;
  }
}
