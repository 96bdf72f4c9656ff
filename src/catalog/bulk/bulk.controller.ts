import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { Refuses, Requires } from '../../platform/index.js';
import { ExternalIdTaken, SkuTaken, SlugTaken } from '../catalog.errors.js';
import { BulkRequest, BulkResponse } from './bulk.dto.js';
import { BulkService } from './bulk.service.js';
import { itemsOf } from './bulk-items.js';

@ApiTags('catalog')
@Controller('products/bulk')
export class BulkController {
  constructor(private readonly bulk: BulkService) {}

  /**
   * Change many products
   * @remarks Up to 1,000, in one transaction. An item that is malformed or cannot be done is refused with what would
   * be its problem, and does not hinder the others. Only when somebody takes a slug or SKU at that very moment is nothing done: send it again.
   */
  @Post()
  @HttpCode(200)
  @Requires('products:write')
  @Refuses(SlugTaken, SkuTaken, ExternalIdTaken)
  @ApiBody({ type: BulkRequest })
  async apply(@Body() body: object): Promise<BulkResponse> {
    const data = await this.bulk.apply(await itemsOf(body));
    const refused = data.filter(({ outcome }) => outcome === 'refused').length;
    return { data, nextCursor: null, done: data.length - refused, refused };
  }
}
