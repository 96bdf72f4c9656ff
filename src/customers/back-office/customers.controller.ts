import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  type Caller,
  CurrentUser,
  IfMatch,
  ParseUuid,
  RecentSignIn,
  Refuses,
  Requires,
  Stale,
  Versioned,
} from '../../platform/index.js';
import { KeptAddressResponse } from '../addresses/addresses.dto.js';
import { AccountHasRoles, OrdersOnTheirWay } from '../customers.errors.js';
import { Erasure } from '../erasure/erasure.service.js';
import { CustomerGroups } from '../groups/customer-groups.service.js';
import { CustomerSearch } from './customer-search.service.js';
import {
  ChangeCustomerRequest,
  CustomerDetailResponse,
  CustomerListResponse,
  CustomerResponse,
  ListCustomersQuery,
} from './customers.dto.js';

@ApiTags('customers')
@Controller('customers')
export class CustomersController {
  constructor(
    private readonly customers: CustomerSearch,
    private readonly groups: CustomerGroups,
    private readonly erasure: Erasure,
  ) {}

  /**
   * List and search customers
   * @remarks With their orders and what they spent.
   */
  @Get()
  @Requires('customers:read')
  async list(@Query() query: ListCustomersQuery): Promise<CustomerListResponse> {
    const { data, nextCursor } = await this.customers.list(query);
    return { data: data.map(CustomerResponse.of), nextCursor };
  }

  /**
   * Read a customer
   * @remarks With their addresses and preferences. Passwords, roles and sessions are not part of it.
   */
  @Get(':id')
  @Requires('customers:read')
  // Addresses, preferences and orders change without it.
  @Versioned({ live: true })
  async read(@Param('id', ParseUuid) id: string): Promise<CustomerDetailResponse> {
    const { row, addresses, preferences } = await this.customers.read(id);
    const { version } = row;
    return { ...CustomerResponse.of(row), addresses: addresses.map(KeptAddressResponse.from), preferences, version };
  }

  /**
   * Change what the shop says of a customer
   * @remarks Their groups, by which price lists choose: from the next cart or order on.
   */
  @Patch(':id')
  @Requires('customers:write')
  @Versioned()
  @Refuses(Stale)
  async change(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @Body() { groups }: ChangeCustomerRequest,
    @CurrentUser() caller: Caller,
  ): Promise<CustomerDetailResponse> {
    await this.groups.change(id, version, groups, caller);
    return this.read(id);
  }

  /**
   * Erase a customer
   * @remarks For somebody who asks the shop to: be sure who asks. For good, at once, and as if they had erased their account
   * themselves: orders keep their numbers and amounts. While an order is still on its way, or the account has roles, this is
   * refused. The audit log says who did it.
   */
  @Delete(':id')
  @HttpCode(204)
  @Requires('users:erase')
  @RecentSignIn()
  @Refuses(Stale, AccountHasRoles, OrdersOnTheirWay)
  async erase(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @CurrentUser() caller: Caller,
  ): Promise<void> {
    await this.erasure.erase(id, version, caller);
  }
}
