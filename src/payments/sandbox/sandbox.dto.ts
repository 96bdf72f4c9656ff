import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { Money } from '../../platform/index.js';

/** What the payer does. */
export class AnswerActionRequest {
  /** What the payer does: `approve` pays, `reject` declines. */
  @IsIn(['approve', 'reject'])
  @ApiProperty({ enum: ['approve', 'reject'] })
  result: 'approve' | 'reject';
}

/** What the payer's bank would show. */
export class ActionResponse {
  /** Names the action. */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** `requires_action` until it has been answered. */
  @ApiProperty({ enum: ['requires_action', 'authorized', 'captured', 'declined', 'voided'] })
  status: 'requires_action' | 'authorized' | 'captured' | 'declined' | 'voided';
  /** What is to be paid. */
  amount: Money;
  /** Where the payer goes afterwards; null when nothing was said. */
  @ApiProperty({ type: 'string', nullable: true })
  returnUrl: string | null;
}
