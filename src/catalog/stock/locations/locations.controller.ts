import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  BadCursor,
  Created,
  IfMatch,
  NotFoundProblem,
  PageQuery,
  Refuses,
  Requires,
  Stale,
  Versioned,
} from '../../../platform/index.js';
import { LocationExists, LocationInUse, LocationIsMain } from '../stock.errors.js';
import { ChangeLocationRequest, CreateLocationRequest, LocationPage, LocationResponse } from './locations.dto.js';
import { LocationsService } from './locations.service.js';

@ApiTags('stock')
@Controller('stock/locations')
export class LocationsController {
  constructor(private readonly locations: LocationsService) {}

  /**
   * List the places where goods lie
   * @remarks In the order in which they were made. `main` is there from the beginning: it has whatever is said to be nowhere else.
   */
  @Get()
  @Requires('stock:read')
  @Refuses(BadCursor)
  async list(@Query() query: PageQuery): Promise<LocationPage> {
    const { data, nextCursor } = await this.locations.list(query);
    return { data: data.map(LocationResponse.of), nextCursor };
  }

  /** Add a location */
  @Post()
  @Requires('stock:write')
  @Created('/v1/stock/locations/:code')
  @Versioned()
  @Refuses(LocationExists)
  async create(@Body() { code, ...fields }: CreateLocationRequest): Promise<LocationResponse> {
    return LocationResponse.of(await this.locations.create(code, fields));
  }

  /** Read a location */
  @Get(':location')
  @Requires('stock:read')
  @Versioned()
  @Refuses(NotFoundProblem)
  async read(@Param('location') code: string): Promise<LocationResponse> {
    return LocationResponse.of(await this.locations.read(code));
  }

  /**
   * Change a location
   * @remarks Its code stays, because the record of what moved names it.
   */
  @Patch(':location')
  @Requires('stock:write')
  @Versioned()
  @Refuses(NotFoundProblem, Stale, LocationIsMain)
  async change(
    @Param('location') code: string,
    @IfMatch() version: number,
    @Body() request: ChangeLocationRequest,
  ): Promise<LocationResponse> {
    return LocationResponse.of(await this.locations.change(code, version, request));
  }

  /**
   * Delete a location
   * @remarks Only when nothing lies there and no transfer names it.
   */
  @Delete(':location')
  @HttpCode(204)
  @Requires('stock:write')
  @Refuses(NotFoundProblem, Stale, LocationIsMain, LocationInUse)
  async delete(@Param('location') code: string, @IfMatch() version: number): Promise<void> {
    await this.locations.delete(code, version);
  }
}
