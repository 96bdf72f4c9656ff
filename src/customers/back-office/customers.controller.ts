import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ParseUuid, Requires } from '../../platform/index.js';
import { KeptAddressResponse } from '../addresses/addresses.dto.js';
import { CustomerSearch } from './customer-search.service.js';
import { CustomerDetailResponse, CustomerListResponse, CustomerResponse, ListCustomersQuery } from './customers.dto.js';

@ApiTags('customers')
@Controller('customers')
export class CustomersController {
  constructor(private readonly customers: CustomerSearch) {}

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
  async read(@Param('id', ParseUuid) id: string): Promise<CustomerDetailResponse> {
    const { row, addresses, preferences } = await this.customers.read(id);
    return { ...CustomerResponse.of(row), addresses: addresses.map(KeptAddressResponse.from), preferences };
  }
}
