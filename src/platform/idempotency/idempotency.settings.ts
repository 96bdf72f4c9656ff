import { IsInt, Max, Min } from 'class-validator';
import { Env } from '../config/settings.js';

export class IdempotencySettings {
  @IsInt()
  @Min(24)
  @Max(24 * 365)
  @Env('GALLEY_IDEMPOTENCY_HOURS', {
    default: '48',
    does: 'how long the answer to an Idempotency-Key is kept',
    takes: 'a number of hours, 24 to 8760',
  })
  hours: number;

  @IsInt()
  @Min(1)
  @Max(600)
  @Env('GALLEY_IDEMPOTENCY_LEASE', {
    default: '20',
    does: 'after how long a request that died may be taken over by its retry; longer than any payment call may take',
    takes: 'a number of seconds, 1 to 600',
  })
  leaseSeconds: number;
}
