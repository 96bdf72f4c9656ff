import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IfMatch, ParseUuid, Refuses, Requires, Stale, ValidationFailed, Versioned } from '../../platform/index.js';
import { textsOf } from '../translations/texts-in.js';
import { CategoriesService } from './categories.service.js';
import {
  CategoryTranslationList,
  CategoryTranslationResponse,
  PutCategoryTranslationRequest,
} from './category-translations.dto.js';

@ApiTags('catalog')
@Controller('categories/:id/translations')
export class CategoryTranslationsController {
  constructor(private readonly categories: CategoriesService) {}

  /** List a category's translations */
  @Get()
  @Requires('products:read')
  async list(@Param('id', ParseUuid) id: string): Promise<CategoryTranslationList> {
    const { translations, version } = await this.categories.read(id);
    const data = Object.entries(translations).map(([locale, each]) =>
      CategoryTranslationResponse.of(locale, each, version),
    );
    return { data: data.sort((a, b) => (a.locale < b.locale ? -1 : 1)), nextCursor: null };
  }

  /**
   * Say what a category is called in one language
   * @remarks All of it at once. `locale` is one of the shop's languages, but not the one that all is written in.
   */
  @Put(':locale')
  @Requires('products:write')
  @Versioned()
  @Refuses(Stale, ValidationFailed)
  async put(
    @Param('id', ParseUuid) id: string,
    @Param('locale') locale: string,
    @IfMatch() version: number,
    @Body() texts: PutCategoryTranslationRequest,
  ): Promise<CategoryTranslationResponse> {
    const saved = await this.categories.translate(id, version, locale, textsOf(texts));
    return CategoryTranslationResponse.of(locale, saved.translations[locale] ?? {}, saved.version);
  }

  /** Remove a translation of a category */
  @Delete(':locale')
  @HttpCode(204)
  @Requires('products:write')
  @Refuses(Stale)
  async remove(
    @Param('id', ParseUuid) id: string,
    @Param('locale') locale: string,
    @IfMatch() version: number,
  ): Promise<void> {
    await this.categories.translate(id, version, locale, undefined);
  }
}
