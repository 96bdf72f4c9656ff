import { Injectable } from '@nestjs/common';
import { Every } from '../jobs/job.decorators.js';
import { IdempotencyService } from './idempotency.service.js';

@Injectable()
export class IdempotencyJobs {
  constructor(private readonly idempotency: IdempotencyService) {}

  @Every('17 * * * *', 'platform.forget-idempotency-keys')
  async forget(): Promise<void> {
    await this.idempotency.forget();
  }
}
