import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  Created,
  Form,
  type FormBody,
  Idempotent,
  IfMatch,
  ParseUuid,
  Refuses,
  Requires,
  Stale,
  TakesForm,
  Versioned,
} from '../../platform/index.js';
import { ProductIsArchived } from '../catalog.errors.js';
import { ChangeMediumRequest, UploadedMedia, UploadedMediumResponse, UploadMediumRequest } from './media.dto.js';
import { ImageTypeRefused, ImageUnreadable, TooManyMedia } from './media.errors.js';
import { MediaService } from './media.service.js';
import { MediaAddresses } from './media-addresses.js';

@ApiTags('catalog')
@Controller()
export class MediaController {
  constructor(
    private readonly media: MediaService,
    private readonly addresses: MediaAddresses,
  ) {}

  /**
   * Upload a picture of a product
   * @remarks Its sizes are made in the background, from its pixels alone: what else the file holds, such as where it was
   * taken, goes nowhere. A product has at most 50. With an Idempotency-Key, the same picture sent again is not added twice.
   */
  @Post('products/:id/media')
  @Requires('products:write')
  @TakesForm(UploadMediumRequest)
  @Idempotent({ phased: true, required: false })
  @Created('/v1/media/:id')
  @Versioned()
  @Refuses(ImageTypeRefused, ImageUnreadable, TooManyMedia, ProductIsArchived)
  create(@Param('id', ParseUuid) id: string, @Form() form: FormBody): Promise<UploadedMediumResponse> {
    return this.media.add(id, form);
  }

  /**
   * List the uploaded pictures of a product
   * @remarks In their order, those that are not ready included.
   */
  @Get('products/:id/media')
  @Requires('products:read')
  async list(@Param('id', ParseUuid) id: string): Promise<UploadedMedia> {
    const rows = await this.media.list(id);
    return { data: rows.map((row) => UploadedMediumResponse.of(row, this.addresses)), nextCursor: null };
  }

  /** Read an uploaded picture */
  @Get('media/:id')
  @Requires('products:read')
  @Versioned({ live: true })
  async read(@Param('id', ParseUuid) id: string): Promise<UploadedMediumResponse> {
    return UploadedMediumResponse.of(await this.media.read(id), this.addresses);
  }

  /**
   * Change an uploaded picture
   * @remarks What it shows, and its place: those that are in between move up. The first stands for the product in lists.
   */
  @Patch('media/:id')
  @Requires('products:write')
  @Versioned()
  @Refuses(Stale, ProductIsArchived)
  async change(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @Body() request: ChangeMediumRequest,
  ): Promise<UploadedMediumResponse> {
    return UploadedMediumResponse.of(await this.media.change(id, version, request), this.addresses);
  }

  /**
   * Delete an uploaded picture
   * @remarks Its files go shortly after. Browsers and a CDN may have copies.
   */
  @Delete('media/:id')
  @HttpCode(204)
  @Requires('products:write')
  @Refuses(Stale, ProductIsArchived)
  async remove(@Param('id', ParseUuid) id: string, @IfMatch() version: number): Promise<void> {
    await this.media.remove(id, version);
  }
}
