import { writeFile } from 'node:fs/promises';
import type { Type } from '@nestjs/common';
import type { Command } from 'commander';

export function addPermissionsCommand(program: Command, module: Type): void {
  program
    .command('permissions')
    .description('Write who may call what as a table, to standard output or a file')
    .option('--out <file>', 'where to write it')
    .action(async ({ out }: { out?: string }) => {
      const { accessTable } = await import('../openapi/access-table.js');
      const text = await accessTable(module);
      if (out) await writeFile(out, text);
      else process.stdout.write(text);
    });
}
