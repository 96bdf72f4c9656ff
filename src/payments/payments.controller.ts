import { Controller, Get, Param, Query } from '@nestjs/common';
import { ParseUuid, Requires } from '../platform/index.js';
import { PaymentDetailResponse } from './payment-detail.dto.js';
import { PaymentList } from './payment-list.service.js';
import { ListPaymentsQuery, PaymentListResponse } from './payments.dto.js';

@Controller('payments')
export class PaymentsController {
  constructor(private readonly payments: PaymentList) {}

  /**
   * List payments
   * @remarks Newest first, unless `sort` says otherwise.
   */
  @Get()
  @Requires('payments:read')
  async list(@Query() query: ListPaymentsQuery): Promise<PaymentListResponse> {
    return this.payments.page(query);
  }

  /**
   * Get a payment
   * @remarks With all its captures, refunds and voids, those under way included.
   */
  @Get(':id')
  @Requires('payments:read')
  async find(@Param('id', ParseUuid) id: string): Promise<PaymentDetailResponse> {
    return this.payments.detail(id);
  }
}
