import { writeFile } from 'node:fs/promises';
import type { Type } from '@nestjs/common';
import type { Command } from 'commander';

export function addOpenApiCommand(program: Command, module: Type): void {
  program
    .command('openapi')
    .description('Write the OpenAPI document as JSON, to standard output or a file')
    .option('--out <file>', 'where to write it')
    .option('--url <url>', 'the server that it names', 'http://127.0.0.1:3000')
    .action(async ({ out, url }: { out?: string; url: string }) => {
      const { describeModule } = await import('../openapi/describe-module.js');
      const text = `${JSON.stringify(await describeModule(module, url), null, 2)}\n`;
      if (out) await writeFile(out, text);
      else process.stdout.write(text);
    });
}
