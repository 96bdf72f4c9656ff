import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  Created,
  IfMatch,
  ParseUuid,
  Refuses,
  Requires,
  Stale,
  ValidationFailed,
  Versioned,
} from '../../platform/index.js';
import { LastVariant, ProductIsArchived, SkuTaken, StockBelowReserved } from '../catalog.errors.js';
import { PutPricesRequest } from '../prices/prices.dto.js';
import { ProductReads } from './product-reads.js';
import { FoundVariantsResponse, VariantResponse } from './product-responses.dto.js';
import { AddVariantRequest, ChangeVariantRequest, FindVariantsQuery } from './variants.dto.js';
import { VariantsService } from './variants.service.js';

@ApiTags('catalog')
@Controller()
export class VariantsController {
  constructor(
    private readonly variants: VariantsService,
    private readonly reads: ProductReads,
  ) {}

  /**
   * Add a variant to a product
   * @remarks At most 2,000 for each product. `optionValues` must name one value of each of its options.
   */
  @Post('products/:id/variants')
  @Requires('products:write')
  @Created('/v1/variants/:id')
  @Versioned()
  @Refuses(SkuTaken, ProductIsArchived, ValidationFailed)
  create(@Param('id', ParseUuid) id: string, @Body() request: AddVariantRequest): Promise<VariantResponse> {
    return this.variants.add(id, request);
  }

  /**
   * Look variants up by SKU
   * @remarks Those that there are, of drafts and archived products too.
   */
  @Get('variants')
  @Requires('products:read')
  async find(@Query() { sku }: FindVariantsQuery): Promise<FoundVariantsResponse> {
    return { data: await this.reads.variantsBySku(sku), nextCursor: null };
  }

  /** Read a variant */
  @Get('variants/:id')
  @Requires('products:read')
  @Versioned({ live: true })
  read(@Param('id', ParseUuid) id: string): Promise<VariantResponse> {
    return this.reads.variant(id);
  }

  /**
   * Change a variant
   * @remarks If-Match names the version of its product, which guards its variants and prices too.
   */
  @Patch('variants/:id')
  @Requires('products:write')
  @Versioned()
  @Refuses(Stale, SkuTaken, ProductIsArchived, ValidationFailed, StockBelowReserved)
  change(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @Body() request: ChangeVariantRequest,
  ): Promise<VariantResponse> {
    return this.variants.change(id, version, request);
  }

  /**
   * Remove a variant
   * @remarks It is no longer shown or sold; orders keep naming it, and its SKU is free again.
   */
  @Delete('variants/:id')
  @HttpCode(204)
  @Requires('products:write')
  @Refuses(Stale, LastVariant, ProductIsArchived)
  async remove(@Param('id', ParseUuid) id: string, @IfMatch() version: number): Promise<void> {
    await this.variants.remove(id, version);
  }

  /**
   * Set a variant's prices
   * @remarks All of them at once: a currency that is left out has no price any more.
   */
  @Put('variants/:id/prices')
  @Requires('products:write')
  @Versioned()
  @Refuses(Stale, ProductIsArchived, ValidationFailed)
  putPrices(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @Body() { prices }: PutPricesRequest,
  ): Promise<VariantResponse> {
    return this.variants.putPrices(id, version, prices);
  }
}
