import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IfMatch, ParseUuid, Refuses, Requires, Stale, ValidationFailed, Versioned } from '../../platform/index.js';
import { ProductIsArchived } from '../catalog.errors.js';
import { seoOf } from '../products/product-fields.js';
import { textsOf } from './texts-in.js';
import { PutTranslationRequest, TranslationList, TranslationResponse } from './translations.dto.js';
import { TranslationsService } from './translations.service.js';

@ApiTags('catalog')
@Controller('products/:id/translations')
export class TranslationsController {
  constructor(private readonly translations: TranslationsService) {}

  /** List a product's translations */
  @Get()
  @Requires('products:read')
  async list(@Param('id', ParseUuid) id: string): Promise<TranslationList> {
    const { translations, version } = await this.translations.all(id);
    const data = Object.entries(translations).map(([locale, each]) => TranslationResponse.of(locale, each, version));
    return { data: data.sort((a, b) => (a.locale < b.locale ? -1 : 1)), nextCursor: null };
  }

  /**
   * Say what a product says in one language
   * @remarks All of it at once. `locale` is one of the shop's languages, but not the one that products are written in. What it leaves
   * out is said by the language that it is of (`de` for `de-AT`), label by label, then by the product itself.
   */
  @Put(':locale')
  @Requires('products:write')
  @Versioned()
  @Refuses(Stale, ProductIsArchived, ValidationFailed)
  async put(
    @Param('id', ParseUuid) id: string,
    @Param('locale') locale: string,
    @IfMatch() version: number,
    @Body() { name, description, seo, ...labels }: PutTranslationRequest,
  ): Promise<TranslationResponse> {
    const translation = { ...labels, ...textsOf({ name, description }), ...(seo && { seo: seoOf(seo) }) };
    const saved = await this.translations.put(id, version, locale, translation);
    return TranslationResponse.of(locale, saved.translations[locale] ?? {}, saved.version);
  }

  /** Remove a translation of a product */
  @Delete(':locale')
  @HttpCode(204)
  @Requires('products:write')
  @Refuses(Stale, ProductIsArchived)
  async remove(
    @Param('id', ParseUuid) id: string,
    @Param('locale') locale: string,
    @IfMatch() version: number,
  ): Promise<void> {
    await this.translations.remove(id, version, locale);
  }
}
