import { Body, Controller, Param, Post } from '@nestjs/common';
import { type Caller, Created, CurrentUser, Idempotent, ParseUuid, Refuses, Requires } from '../../platform/index.js';
import {
  AmountExceedsCapturable,
  CurrencyMismatch,
  OperationRefused,
  PaymentNotReady,
  PaymentOutcomeUnknown,
} from '../payments.errors.js';
import { OperationRequests } from './operation-requests.service.js';
import { OperationRequestBody, OperationWithPaymentResponse } from './operations.dto.js';

@Controller('payments/:id/void')
export class VoidsController {
  constructor(private readonly requests: OperationRequests) {}

  /**
   * Void a payment
   * @remarks Sets free what is authorised and not captured, all that is left or a part of it. A payment that waits for its payer is given up as a whole.
   */
  @Post()
  @Requires('payments:void')
  @Idempotent({ phased: true })
  @Created('/v1/payment-operations/:id')
  @Refuses(AmountExceedsCapturable, CurrencyMismatch, OperationRefused, PaymentNotReady, PaymentOutcomeUnknown)
  async create(
    @Param('id', ParseUuid) id: string,
    @Body() body: OperationRequestBody,
    @CurrentUser() caller: Caller,
  ): Promise<OperationWithPaymentResponse> {
    return this.requests.run('void', id, body, caller);
  }
}
