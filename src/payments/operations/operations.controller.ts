import { Controller, Get, Param } from '@nestjs/common';
import { ParseUuid, Requires } from '../../platform/index.js';
import { OperationRequests } from './operation-requests.service.js';
import { OperationResponse } from './operations.dto.js';

@Controller('payment-operations')
export class OperationsController {
  constructor(private readonly requests: OperationRequests) {}

  /**
   * Get a capture, refund or void
   * @remarks Tells whether the provider has answered yet.
   */
  @Get(':id')
  @Requires('payments:read')
  async find(@Param('id', ParseUuid) id: string): Promise<OperationResponse> {
    return this.requests.find(id);
  }
}
