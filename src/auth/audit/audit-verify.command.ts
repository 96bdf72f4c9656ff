import { Injectable } from '@nestjs/common';
import { type CliAction, CliCommand } from '../../platform/index.js';
import { AuditChain } from './audit-chain.js';

@CliCommand('audit:verify', 'Check that nobody has changed the audit log', [
  ['--contains <hash>', 'a hash that this command printed before: it must still be there'],
])
@Injectable()
export class AuditVerifyCommand implements CliAction {
  constructor(private readonly chain: AuditChain) {}

  async run(_: string[], { contains }: { contains?: string }): Promise<number> {
    await this.chain.extend();
    const { length, head, broken, found } = await this.chain.verify(contains);
    if (broken) {
      const what = broken.id ? `entry ${broken.id} is not as it was written` : 'an entry is missing';
      process.stderr.write(`Broken at position ${broken.position}: ${what}.\n`);
      return 1;
    }
    if (contains !== undefined && !found) {
      process.stderr.write(`No entry has the hash ${contains}: the log was cut off or written anew.\n`);
      return 1;
    }
    process.stdout.write(`All ${length} entries are as they were written. Last hash: ${head}\n`);
    return 0;
  }
}
