import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  AcceptLanguage,
  BadCursor,
  type CachedBody,
  CachedRead,
  type Caller,
  Created,
  CurrentUser,
  IfMatch,
  type Moved,
  Moves,
  NotFoundProblem,
  ParseUuid,
  PermissionDenied,
  Public,
  Refuses,
  Requires,
  Stale,
  type Unaddressed,
  ValidationFailed,
  Versioned,
} from '../../platform/index.js';
import { ExternalIdTaken, ProductIsArchived, SkuTaken, SlugTaken, VariantsWouldGo } from '../catalog.errors.js';
import { PutOptionsRequest } from './options.dto.js';
import { OptionsService } from './options.service.js';
import { ProductLists } from './product-lists.js';
import { ListProductsQuery, ProductQuery } from './product-queries.dto.js';
import { ProductReads } from './product-reads.js';
import { ProductPage, ProductResponse } from './product-responses.dto.js';
import { ChangeProductRequest, CreateProductRequest } from './products.dto.js';
import { ProductsService } from './products.service.js';

@ApiTags('catalog')
@Controller('products')
export class ProductsController {
  constructor(
    private readonly products: ProductsService,
    private readonly options: OptionsService,
    private readonly lists: ProductLists,
    private readonly reads: ProductReads,
  ) {}

  /**
   * List and search products
   * @remarks Everyone sees active products; with `products:read` all of them, or those of one `status`.
   */
  @Get()
  @Public()
  @CachedRead(ProductPage)
  @Refuses(PermissionDenied, BadCursor)
  list(
    @Query() query: ListProductsQuery,
    @CurrentUser() caller: Caller,
    @AcceptLanguage() accepted?: string,
  ): Promise<CachedBody> {
    return this.lists.list(query, caller, accepted);
  }

  /**
   * Read a product
   * @remarks By id or slug. Drafts and archived products exist only for callers with `products:read`; for them the ETag
   * is the version, as If-Match takes it. A slug that it had before answers 301 with the new address.
   */
  @Get(':idOrSlug')
  @Public()
  @CachedRead(ProductResponse)
  // Stock and pictures change without it.
  @Versioned({ live: true })
  @Moves()
  @Refuses(NotFoundProblem)
  read(
    @Param('idOrSlug') idOrSlug: string,
    @Query() query: ProductQuery,
    @CurrentUser() caller: Caller,
    @AcceptLanguage() accepted?: string,
  ): Promise<CachedBody | Unaddressed | ProductResponse | Moved> {
    return this.reads.detail(idOrSlug, query, caller, accepted);
  }

  /**
   * Add a product
   * @remarks With its variants, their prices and their stock. It is a draft unless `status` says otherwise.
   */
  @Post()
  @Requires('products:write')
  @Created('/v1/products/:id')
  @Versioned()
  @Refuses(SlugTaken, SkuTaken, ExternalIdTaken, ValidationFailed)
  create(@Body() request: CreateProductRequest): Promise<ProductResponse> {
    return this.products.create(request);
  }

  /**
   * Change a product
   * @remarks What is left out stays as it is; `null` clears. A change that changes nothing keeps the version.
   */
  @Patch(':id')
  @Requires('products:write')
  @Versioned()
  @Refuses(Stale, SlugTaken, ExternalIdTaken, ProductIsArchived, ValidationFailed)
  change(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @Body() request: ChangeProductRequest,
  ): Promise<ProductResponse> {
    return this.products.change(id, version, request);
  }

  /**
   * Set a product's options
   * @remarks All of them at once, with `generate` also a variant of each combination: 2,000 at most. Variants stay who
   * they are: renamed values follow, and a new option gives them its `fill`. Those without a place among the new options
   * are refused, or archived when you say so. Labels in translations go along with what is renamed; those of what is gone go.
   */
  @Put(':id/options')
  @Requires('products:write')
  @Versioned()
  @Refuses(Stale, SkuTaken, VariantsWouldGo, ProductIsArchived, ValidationFailed)
  putOptions(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @Body() request: PutOptionsRequest,
  ): Promise<ProductResponse> {
    return this.options.put(id, version, request);
  }

  /**
   * Archive a product
   * @remarks It is no longer shown or sold; orders keep naming it. Set its `status` to bring it back.
   */
  @Delete(':id')
  @HttpCode(204)
  @Requires('products:write')
  @Refuses(Stale)
  async archive(@Param('id', ParseUuid) id: string, @IfMatch() version: number): Promise<void> {
    await this.products.archive(id, version);
  }
}
