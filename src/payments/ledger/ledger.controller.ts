import { Controller, Get, Query } from '@nestjs/common';
import { Requires } from '../../platform/index.js';
import { BalanceListResponse, EntryListResponse, ListEntriesQuery } from './ledger.dto.js';
import { Ledger } from './ledger.service.js';

@Controller('ledger')
export class LedgerController {
  constructor(private readonly ledger: Ledger) {}

  /**
   * List ledger entries
   * @remarks Every amount that moved, newest first, as double entry. Nothing here is ever changed or deleted.
   */
  @Get('entries')
  @Requires('ledger:read')
  async entries(@Query() query: ListEntriesQuery): Promise<EntryListResponse> {
    return this.ledger.entries(query);
  }

  /**
   * List ledger balances
   * @remarks What each account holds in each currency. In each currency the balances sum to zero.
   */
  @Get('balances')
  @Requires('ledger:read')
  async balances(): Promise<BalanceListResponse> {
    return { data: await this.ledger.balances(), nextCursor: null };
  }
}
