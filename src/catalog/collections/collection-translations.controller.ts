import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  type Caller,
  CurrentUser,
  IfMatch,
  ParseUuid,
  Refuses,
  Requires,
  Stale,
  ValidationFailed,
  Versioned,
} from '../../platform/index.js';
import { textsOf } from '../translations/texts-in.js';
import {
  CollectionTranslationList,
  CollectionTranslationResponse,
  PutCollectionTranslationRequest,
} from './collection-translations.dto.js';
import { CollectionsService } from './collections.service.js';

@ApiTags('catalog')
@Controller('collections/:id/translations')
export class CollectionTranslationsController {
  constructor(private readonly collections: CollectionsService) {}

  /** List a collection's translations */
  @Get()
  @Requires('products:read')
  async list(@Param('id', ParseUuid) id: string, @CurrentUser() caller: Caller): Promise<CollectionTranslationList> {
    const { translations, version } = await this.collections.read(id, caller);
    const data = Object.entries(translations).map(([locale, each]) =>
      CollectionTranslationResponse.of(locale, each, version),
    );
    return { data: data.sort((a, b) => (a.locale < b.locale ? -1 : 1)), nextCursor: null };
  }

  /**
   * Say what a collection is called in one language
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
    @Body() texts: PutCollectionTranslationRequest,
  ): Promise<CollectionTranslationResponse> {
    const saved = await this.collections.translate(id, version, locale, textsOf(texts));
    return CollectionTranslationResponse.of(locale, saved.translations[locale] ?? {}, saved.version);
  }

  /** Remove a translation of a collection */
  @Delete(':locale')
  @HttpCode(204)
  @Requires('products:write')
  @Refuses(Stale)
  async remove(
    @Param('id', ParseUuid) id: string,
    @Param('locale') locale: string,
    @IfMatch() version: number,
  ): Promise<void> {
    await this.collections.translate(id, version, locale, undefined);
  }
}
