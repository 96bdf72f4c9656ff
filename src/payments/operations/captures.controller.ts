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

@Controller('payments/:id/captures')
export class CapturesController {
  constructor(private readonly requests: OperationRequests) {}

  /**
   * Capture a payment
   * @remarks Takes what is authorised, all that is left or a part of it. However many callers capture at once, never more than was authorised.
   */
  @Post()
  @Requires('payments:capture')
  @Idempotent({ phased: true })
  @Created('/v1/payment-operations/:id')
  @Refuses(AmountExceedsCapturable, CurrencyMismatch, OperationRefused, PaymentNotReady, PaymentOutcomeUnknown)
  async create(
    @Param('id', ParseUuid) id: string,
    @Body() body: OperationRequestBody,
    @CurrentUser() caller: Caller,
  ): Promise<OperationWithPaymentResponse> {
    return this.requests.run('capture', id, body, caller);
  }
}
