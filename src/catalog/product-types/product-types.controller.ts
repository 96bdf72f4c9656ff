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
import { CodeTaken, ProductTypeInUse } from '../catalog.errors.js';
import {
  AttributeDefinitionRequest,
  ChangeProductTypeRequest,
  CreateProductTypeRequest,
  ProductTypePage,
  ProductTypeResponse,
} from './product-types.dto.js';
import { ProductTypesService } from './product-types.service.js';

@ApiTags('catalog')
@Controller('product-types')
export class ProductTypesController {
  constructor(private readonly types: ProductTypesService) {}

  /**
   * List product types
   * @remarks Newest first: what products say about themselves, with names and units to show.
   */
  @Get()
  @Public()
  async list(@Query() query: PageQuery): Promise<ProductTypePage> {
    const { data, nextCursor } = await this.types.list(query);
    return { data: data.map(ProductTypeResponse.of), nextCursor };
  }

  /** Read a product type */
  @Get(':id')
  @Public()
  @Versioned()
  async read(@Param('id', ParseUuid) id: string): Promise<ProductTypeResponse> {
    return ProductTypeResponse.of(await this.types.read(id));
  }

  /**
   * Add a product type
   * @remarks Products that name it in `typeId` have the attributes defined here, and no others.
   */
  @Post()
  @Requires('products:write')
  @Created('/v1/product-types/:id')
  @Versioned()
  @Refuses(CodeTaken, ValidationFailed)
  async create(@Body() { attributes, ...fields }: CreateProductTypeRequest): Promise<ProductTypeResponse> {
    const definitions = attributes.map(AttributeDefinitionRequest.definitionOf);
    return ProductTypeResponse.of(await this.types.create({ ...fields, attributes: definitions }));
  }

  /**
   * Change a product type
   * @remarks Its products keep the attributes they have, and are held against it when their `attributes` or `typeId` next
   * change, and when they are published or brought back from the archive; all other changes ask for nothing. A draft that lacks what it asks for when its `publishAt` comes stays a draft.
   */
  @Patch(':id')
  @Requires('products:write')
  @Versioned()
  @Refuses(Stale, CodeTaken, ValidationFailed)
  async change(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @Body() { attributes, ...fields }: ChangeProductTypeRequest,
  ): Promise<ProductTypeResponse> {
    const definitions = attributes?.map(AttributeDefinitionRequest.definitionOf);
    const changes = { ...fields, ...(definitions ? { attributes: definitions } : {}) };
    return ProductTypeResponse.of(await this.types.change(id, version, changes));
  }

  /**
   * Delete a product type
   * @remarks Only when no product is of it; archived ones count.
   */
  @Delete(':id')
  @HttpCode(204)
  @Requires('products:write')
  @Refuses(Stale, ProductTypeInUse)
  async delete(@Param('id', ParseUuid) id: string, @IfMatch() version: number): Promise<void> {
    await this.types.delete(id, version);
  }
}
