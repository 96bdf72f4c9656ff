import { Injectable } from '@nestjs/common';
import { type CliAction, CliCommand } from '../../platform/index.js';
import { KeyRotation } from './key-rotation.service.js';

@CliCommand('keys:rotate', 'Sign access tokens with a new key', [
  ['--now', 'at once, and refuse all that was signed before: for a key that somebody else may have'],
])
@Injectable()
export class KeysRotateCommand implements CliAction {
  constructor(private readonly rotation: KeyRotation) {}

  async run(_: string[], { now }: { now?: boolean }): Promise<number> {
    if (now) {
      const { kid } = await this.rotation.replaceAll();
      process.stdout.write(
        `${kid} signs from now on. Access tokens signed before are refused; clients refresh them.\n`,
      );
      return 0;
    }
    const rotated = await this.rotation.rotate();
    process.stdout.write(
      rotated
        ? `${rotated.kid} is published, and signs from ${rotated.signsFrom.toISOString()} on.\n`
        : 'The next key is published already, and waits for its time. Nothing was changed.\n',
    );
    return 0;
  }
}
