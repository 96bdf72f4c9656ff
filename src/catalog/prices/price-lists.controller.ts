import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  type Caller,
  Created,
  CurrentUser,
  IfMatch,
  ParseUuid,
  Refuses,
  Requires,
  Stale,
  ValidationFailed,
  Versioned,
} from '../../platform/index.js';
import { PriceListCodeTaken } from '../catalog.errors.js';
import {
  ListListPricesQuery,
  ListPricePageResponse,
  PutListPricesRequest,
  PutListPricesResponse,
  RemoveListPricesQuery,
} from './list-prices.dto.js';
import { ListPrices } from './list-prices.service.js';
import {
  ChangePriceListRequest,
  CreatePriceListRequest,
  fieldsOf,
  ListPriceListsQuery,
  PriceListPageResponse,
  PriceListResponse,
} from './price-lists.dto.js';
import { PriceListsService } from './price-lists.service.js';

const UNLIMITED = { customerGroup: null, channel: null, startsAt: null, endsAt: null, priority: 0, active: true };

@ApiTags('catalog')
@Controller('price-lists')
export class PriceListsController {
  constructor(
    private readonly lists: PriceListsService,
    private readonly prices: ListPrices,
  ) {}

  /**
   * List price lists
   * @remarks Newest first.
   */
  @Get()
  @Requires('products:read')
  async list(@Query() query: ListPriceListsQuery): Promise<PriceListPageResponse> {
    const { data, nextCursor } = await this.lists.list(query);
    return { data: data.map(PriceListResponse.of), nextCursor };
  }

  /**
   * Add a price list
   * @remarks Of the lists that apply to a line, the one with the highest priority sets its price; of equal ones the one
   * with the lower price. Where none applies, or has no price for the variant, the base price holds.
   */
  @Post()
  @Requires('products:write')
  @Created('/v1/price-lists/:id')
  @Versioned()
  @Refuses(PriceListCodeTaken, ValidationFailed)
  async create(@Body() request: CreatePriceListRequest, @CurrentUser() caller: Caller): Promise<PriceListResponse> {
    const { code, name } = request;
    const given = Object.entries(fieldsOf(request)).filter(([, value]) => value !== undefined);
    const fields = { ...UNLIMITED, code, name, ...Object.fromEntries(given) };
    return PriceListResponse.of(await this.lists.create(fields, caller));
  }

  /** Read a price list */
  @Get(':id')
  @Requires('products:read')
  @Versioned()
  async read(@Param('id', ParseUuid) id: string): Promise<PriceListResponse> {
    return PriceListResponse.of(await this.lists.read(id));
  }

  /**
   * Change a price list
   * @remarks What is left out stays as it is; `null` takes a limit away. Carts and orders follow at once; lists and
   * details of products within a minute or so.
   */
  @Patch(':id')
  @Requires('products:write')
  @Versioned()
  @Refuses(Stale, PriceListCodeTaken, ValidationFailed)
  async change(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @Body() request: ChangePriceListRequest,
    @CurrentUser() caller: Caller,
  ): Promise<PriceListResponse> {
    return PriceListResponse.of(await this.lists.change(id, version, fieldsOf(request), caller));
  }

  /**
   * Remove a price list
   * @remarks With its prices. Orders keep what was agreed.
   */
  @Delete(':id')
  @HttpCode(204)
  @Requires('products:write')
  @Refuses(Stale)
  async delete(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @CurrentUser() caller: Caller,
  ): Promise<void> {
    await this.lists.delete(id, version, caller);
  }

  /** List the prices of a price list */
  @Get(':id/prices')
  @Requires('products:read')
  async listPrices(
    @Param('id', ParseUuid) id: string,
    @Query() query: ListListPricesQuery,
  ): Promise<ListPricePageResponse> {
    await this.lists.read(id);
    return this.prices.list(id, query);
  }

  /**
   * Set prices of a price list
   * @remarks Those that are named, all or none of them; others stay as they are. Repeating it changes nothing.
   */
  @Put(':id/prices')
  @Requires('products:write')
  @Refuses(ValidationFailed)
  async putPrices(
    @Param('id', ParseUuid) id: string,
    @Body() { prices }: PutListPricesRequest,
    @CurrentUser() caller: Caller,
  ): Promise<PutListPricesResponse> {
    const drafts = prices.map(({ variantId, currency, amount, minQuantity = 1 }) => {
      return { variantId, currency, amount, minQuantity };
    });
    return { changed: await this.prices.put(id, drafts, caller) };
  }

  /**
   * Remove a variant's prices from a price list
   * @remarks All of them, or those of one currency or quantity.
   */
  @Delete(':id/prices/:variantId')
  @HttpCode(204)
  @Requires('products:write')
  async removePrices(
    @Param('id', ParseUuid) id: string,
    @Param('variantId', ParseUuid) variantId: string,
    @Query() query: RemoveListPricesQuery,
    @CurrentUser() caller: Caller,
  ): Promise<void> {
    await this.prices.remove(id, variantId, query, caller);
  }
}
