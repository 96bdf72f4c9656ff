import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  BadCursor,
  type Caller,
  Created,
  CurrentUser,
  ParseUuid,
  Refuses,
  Requires,
  ValidationFailed,
} from '../../../platform/index.js';
import { StockBelowReserved } from '../../catalog.errors.js';
import { StockNotAtLocation, TransferIsOver } from '../stock.errors.js';
import { ListTransfersQuery, SendTransferRequest, TransferPage, TransferResponse } from './transfers.dto.js';
import { TransfersService } from './transfers.service.js';

@ApiTags('stock')
@Controller('stock/transfers')
export class TransfersController {
  constructor(private readonly transfers: TransfersService) {}

  /** List transfers, the newest first */
  @Get()
  @Requires('stock:read')
  @Refuses(BadCursor)
  async list(@Query() query: ListTransfersQuery): Promise<TransferPage> {
    const { data, nextCursor } = await this.transfers.list(query);
    return { data: data.map(TransferResponse.of), nextCursor };
  }

  /**
   * Send goods to another location
   * @remarks All of them or none. On their way they are on hand at neither place and cannot be sold, so no more can leave
   * than nobody has been promised.
   */
  @Post()
  @Requires('stock:write')
  @Created('/v1/stock/transfers/:id')
  @Refuses(StockBelowReserved, StockNotAtLocation, ValidationFailed)
  async send(@Body() request: SendTransferRequest, @CurrentUser() caller: Caller): Promise<TransferResponse> {
    return TransferResponse.of(await this.transfers.send(request, caller));
  }

  /** Read a transfer */
  @Get(':id')
  @Requires('stock:read')
  async read(@Param('id', ParseUuid) id: string): Promise<TransferResponse> {
    return TransferResponse.of(await this.transfers.read(id));
  }

  /**
   * Say that a transfer has arrived
   * @remarks All of it; adjust the stock afterwards when something was missing. Repeating it changes nothing.
   */
  @Post(':id/receipt')
  @HttpCode(200)
  @Requires('stock:write')
  @Refuses(TransferIsOver)
  async receive(@Param('id', ParseUuid) id: string, @CurrentUser() caller: Caller): Promise<TransferResponse> {
    return TransferResponse.of(await this.transfers.receive(id, caller));
  }

  /**
   * Call a transfer back
   * @remarks What was sent is where it came from again. Repeating it changes nothing.
   */
  @Post(':id/cancellation')
  @HttpCode(200)
  @Requires('stock:write')
  @Refuses(TransferIsOver)
  async cancel(@Param('id', ParseUuid) id: string, @CurrentUser() caller: Caller): Promise<TransferResponse> {
    return TransferResponse.of(await this.transfers.cancel(id, caller));
  }
}
