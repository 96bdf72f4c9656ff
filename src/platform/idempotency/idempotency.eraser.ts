import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Erases } from '../personal-data/personal-data.decorators.js';

/** Answers that were kept for a person's retries. */
@Injectable()
export class IdempotencyEraser {
  constructor(private readonly database: Database) {}

  @Erases('idempotency')
  async erase(userId: string): Promise<void> {
    await this.database.query('DELETE FROM platform.idempotency_keys WHERE scope = $1', [userId]);
  }
}
