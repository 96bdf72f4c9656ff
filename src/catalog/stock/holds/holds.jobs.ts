import { Injectable } from '@nestjs/common';
import { Every } from '../../../platform/index.js';
import { Holds } from './holds.service.js';

@Injectable()
export class HoldsJobs {
  constructor(private readonly holds: Holds) {}

  @Every('* * * * *', 'catalog.expire-holds')
  async expire(): Promise<void> {
    await this.holds.expire();
  }
}
