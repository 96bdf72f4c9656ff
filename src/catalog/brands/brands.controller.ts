import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  Created,
  IfMatch,
  PageQuery,
  ParseUuid,
  Public,
  Refuses,
  Requires,
  Stale,
  ValidationFailed,
  Versioned,
} from '../../platform/index.js';
import { BrandInUse, SlugTaken } from '../catalog.errors.js';
import { BrandPage, BrandResponse, ChangeBrandRequest, CreateBrandRequest } from './brands.dto.js';
import { BrandsService } from './brands.service.js';

@ApiTags('catalog')
@Controller('brands')
export class BrandsController {
  constructor(private readonly brands: BrandsService) {}

  /**
   * List brands
   * @remarks Newest first.
   */
  @Get()
  @Public()
  async list(@Query() query: PageQuery): Promise<BrandPage> {
    const { data, nextCursor } = await this.brands.list(query);
    return { data: data.map(BrandResponse.of), nextCursor };
  }

  /** Read a brand */
  @Get(':id')
  @Public()
  @Versioned()
  async read(@Param('id', ParseUuid) id: string): Promise<BrandResponse> {
    return BrandResponse.of(await this.brands.read(id));
  }

  /** Add a brand */
  @Post()
  @Requires('products:write')
  @Created('/v1/brands/:id')
  @Versioned()
  @Refuses(SlugTaken, ValidationFailed)
  async create(@Body() request: CreateBrandRequest): Promise<BrandResponse> {
    return BrandResponse.of(await this.brands.create(request));
  }

  /** Change a brand */
  @Patch(':id')
  @Requires('products:write')
  @Versioned()
  @Refuses(Stale, SlugTaken)
  async change(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @Body() request: ChangeBrandRequest,
  ): Promise<BrandResponse> {
    return BrandResponse.of(await this.brands.change(id, version, request));
  }

  /**
   * Delete a brand
   * @remarks Only when no product is of it; archived ones count.
   */
  @Delete(':id')
  @HttpCode(204)
  @Requires('products:write')
  @Refuses(Stale, BrandInUse)
  async delete(@Param('id', ParseUuid) id: string, @IfMatch() version: number): Promise<void> {
    await this.brands.delete(id, version);
  }
}
