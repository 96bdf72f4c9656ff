import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  AcceptLanguage,
  type CachedBody,
  CachedRead,
  type Caller,
  Created,
  CurrentUser,
  IfMatch,
  Locales,
  NotFoundProblem,
  ParseUuid,
  Public,
  Refuses,
  Requires,
  Stale,
  ValidationFailed,
  Versioned,
} from '../../platform/index.js';
import { SlugTaken, TooManyCollections } from '../catalog.errors.js';
import {
  ChangeCollectionRequest,
  CollectionList,
  CollectionResponse,
  CollectionsQuery,
  CreateCollectionRequest,
} from './collections.dto.js';
import { CollectionsService } from './collections.service.js';

@ApiTags('catalog')
@Controller('collections')
export class CollectionsController {
  constructor(
    private readonly collections: CollectionsService,
    private readonly locales: Locales,
  ) {}

  /**
   * List all collections
   * @remarks In their order. Those that are not published only for who may see products that are not for sale.
   */
  @Get()
  @Public()
  @CachedRead(CollectionList)
  list(
    @Query() { locale }: CollectionsQuery,
    @CurrentUser() caller: Caller,
    @AcceptLanguage() accepted?: string,
  ): Promise<CachedBody> {
    return this.collections.list(this.locales.choose(locale, accepted), caller);
  }

  /**
   * Read a collection by id or slug
   * @remarks Ask for the language that all is written in when you read it to change it.
   */
  @Get(':idOrSlug')
  @Public()
  @Versioned({ live: true })
  @Refuses(NotFoundProblem)
  async read(
    @Param('idOrSlug') idOrSlug: string,
    @Query() { locale }: CollectionsQuery,
    @CurrentUser() caller: Caller,
    @AcceptLanguage() accepted?: string,
  ): Promise<CollectionResponse> {
    const locales = this.locales.chainOf(this.locales.choose(locale, accepted));
    return CollectionResponse.of(await this.collections.read(idOrSlug, caller), locales);
  }

  /**
   * Add a collection
   * @remarks A job puts the products into it that its rule picks, and keeps it up to date when products change: within a minute or so.
   */
  @Post()
  @Requires('products:write')
  @Created('/v1/collections/:id')
  @Versioned()
  @Refuses(SlugTaken, TooManyCollections, ValidationFailed)
  async create(@Body() request: CreateCollectionRequest): Promise<CollectionResponse> {
    return CollectionResponse.of(await this.collections.create(request));
  }

  /**
   * Change a collection
   * @remarks With another rule, products come and go as a job holds them against it: until `filling` is false, those of the earlier rule are among them.
   */
  @Patch(':id')
  @Requires('products:write')
  @Versioned()
  @Refuses(Stale, SlugTaken, ValidationFailed)
  async change(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @Body() request: ChangeCollectionRequest,
  ): Promise<CollectionResponse> {
    return CollectionResponse.of(await this.collections.change(id, version, request));
  }

  /**
   * Delete a collection
   * @remarks Its products stay.
   */
  @Delete(':id')
  @HttpCode(204)
  @Requires('products:write')
  @Refuses(Stale)
  async delete(@Param('id', ParseUuid) id: string, @IfMatch() version: number): Promise<void> {
    await this.collections.delete(id, version);
  }
}
