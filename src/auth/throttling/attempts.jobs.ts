import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/index.js';
import { AttemptsService } from './attempts.service.js';

@Injectable()
export class AttemptsJobs {
  constructor(private readonly attempts: AttemptsService) {}

  @Every('23 * * * *', 'auth.forget-attempts')
  async forget(): Promise<void> {
    await this.attempts.forget();
  }
}
