import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  BadCursor,
  type CachedBody,
  CachedRead,
  type Caller,
  Created,
  CurrentUser,
  IfMatch,
  NotFoundProblem,
  ParseUuid,
  PermissionDenied,
  Public,
  Refuses,
  Requires,
  Stale,
  ValidationFailed,
  Versioned,
} from '../../platform/index.js';
import { ProductIsArchived, SkuTaken, SlugTaken } from '../catalog.errors.js';
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
  list(@Query() query: ListProductsQuery, @CurrentUser() caller: Caller): Promise<CachedBody> {
    return this.reads.list(query, caller);
  }

  /**
   * Read a product
   * @remarks By id or slug. Drafts and archived products exist only for callers with `products:read`; for them the ETag
   * is the version, as If-Match takes it.
   */
  @Get(':idOrSlug')
  @Public()
  @CachedRead(ProductResponse)
  @Versioned()
  @Refuses(NotFoundProblem)
  read(
    @Param('idOrSlug') idOrSlug: string,
    @Query() query: ProductQuery,
    @CurrentUser() caller: Caller,
  ): Promise<CachedBody | ProductResponse> {
    return this.reads.detail(idOrSlug, query, caller);
  }

  /**
   * Add a product
   * @remarks With its variants, their prices and their stock. It is a draft unless `status` says otherwise.
   */
  @Post()
  @Requires('products:write')
  @Created('/v1/products/:id')
  @Versioned()
  @Refuses(SlugTaken, SkuTaken, ValidationFailed)
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
  @Refuses(Stale, SlugTaken, ProductIsArchived, ValidationFailed)
  change(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @Body() request: ChangeProductRequest,
  ): Promise<ProductResponse> {
    return this.products.change(id, version, request);
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
