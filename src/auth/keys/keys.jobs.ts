import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/index.js';
import { KeyRotation } from './key-rotation.service.js';

@Injectable()
export class KeysJobs {
  constructor(private readonly rotation: KeyRotation) {}

  /** The next key when it is time, and no more of the old ones than is needed. */
  @Every('*/5 * * * *', 'auth.rotate-signing-keys')
  async rotate(): Promise<void> {
    await this.rotation.rotateWhenDue();
    await this.rotation.forgetOld();
    await this.rotation.sealAnew();
  }
}
