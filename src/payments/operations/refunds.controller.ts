import { Body, Controller, Param, Post } from '@nestjs/common';
import { type Caller, Created, CurrentUser, Idempotent, ParseUuid, Refuses, Requires } from '../../platform/index.js';
import {
  AmountExceedsRefundable,
  CurrencyMismatch,
  OperationRefused,
  PaymentNotReady,
  PaymentOutcomeUnknown,
} from '../payments.errors.js';
import { OperationRequests } from './operation-requests.service.js';
import { OperationRequestBody, OperationWithPaymentResponse } from './operations.dto.js';

@Controller('payments/:id/refunds')
export class RefundsController {
  constructor(private readonly requests: OperationRequests) {}

  /**
   * Refund a payment
   * @remarks Gives back what was captured, all that is left or a part of it. However many callers refund at once, never more than was captured.
   */
  @Post()
  @Requires('payments:refund')
  @Idempotent({ phased: true })
  @Created('/v1/payment-operations/:id')
  @Refuses(AmountExceedsRefundable, CurrencyMismatch, OperationRefused, PaymentNotReady, PaymentOutcomeUnknown)
  async create(
    @Param('id', ParseUuid) id: string,
    @Body() body: OperationRequestBody,
    @CurrentUser() caller: Caller,
  ): Promise<OperationWithPaymentResponse> {
    return this.requests.run('refund', id, body, caller);
  }
}
