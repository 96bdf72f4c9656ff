import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Caller, Created, CurrentUser, PageQuery, ParseUuid, Refuses, SignedIn } from '../../platform/index.js';
import { TooManyAddresses } from '../customers.errors.js';
import { AddAddressRequest, AddressListResponse, KeptAddressResponse, ReplaceAddressRequest } from './addresses.dto.js';
import { AddressesService } from './addresses.service.js';

@ApiTags('customers')
@Controller('me/addresses')
export class AddressesController {
  constructor(private readonly addresses: AddressesService) {}

  /** List your addresses */
  @Get()
  @SignedIn()
  async list(@CurrentUser() caller: Caller, @Query() query: PageQuery): Promise<AddressListResponse> {
    const { data, nextCursor } = await this.addresses.list(caller, query);
    return { data: data.map(KeptAddressResponse.from), nextCursor };
  }

  /**
   * Add an address
   * @remarks The first becomes the default for goods and bills. One that is made a default takes that from the other.
   */
  @Post()
  @SignedIn()
  @Created('/v1/me/addresses/:id')
  @Refuses(TooManyAddresses)
  async add(@CurrentUser() caller: Caller, @Body() body: AddAddressRequest): Promise<KeptAddressResponse> {
    return KeptAddressResponse.from(await this.addresses.add(caller, body));
  }

  /** Read one of your addresses */
  @Get(':id')
  @SignedIn()
  async read(@CurrentUser() caller: Caller, @Param('id', ParseUuid) id: string): Promise<KeptAddressResponse> {
    return KeptAddressResponse.from(await this.addresses.read(caller, id));
  }

  /**
   * Replace one of your addresses
   * @remarks As a whole. Orders that were placed keep the address that they were placed with.
   */
  @Put(':id')
  @SignedIn()
  async replace(
    @CurrentUser() caller: Caller,
    @Param('id', ParseUuid) id: string,
    @Body() body: ReplaceAddressRequest,
  ): Promise<KeptAddressResponse> {
    return KeptAddressResponse.from(await this.addresses.replace(caller, id, body));
  }

  /**
   * Remove one of your addresses
   * @remarks When it was a default, the one that was added last becomes it.
   */
  @Delete(':id')
  @HttpCode(204)
  @SignedIn()
  async remove(@CurrentUser() caller: Caller, @Param('id', ParseUuid) id: string): Promise<void> {
    await this.addresses.remove(caller, id);
  }
}
