import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  AcceptLanguage,
  type CachedBody,
  CachedRead,
  type Caller,
  CurrentUser,
  PermissionDenied,
  Public,
  Refuses,
} from '../../platform/index.js';
import { ProductLists } from '../products/product-lists.js';
import { FacetsQuery, FacetsResponse, SuggestionsResponse, SuggestQuery } from './search.dto.js';
import { Suggestions } from './suggestions.service.js';

@ApiTags('catalog')
@Controller('search')
export class SearchController {
  constructor(
    private readonly lists: ProductLists,
    private readonly suggestions: Suggestions,
  ) {}

  /**
   * Count what can be chosen
   * @remarks Among the products that the same filters list. A brand, tag, option or attribute that is filtered by is
   * counted as if it were not, so that its other values show what choosing them would add. Of options, what some variant
   * has counts. Attributes count when their type says that they are filterable.
   */
  @Get('facets')
  @Public()
  @CachedRead(FacetsResponse)
  @Refuses(PermissionDenied)
  facets(
    @Query() query: FacetsQuery,
    @CurrentUser() caller: Caller,
    @AcceptLanguage() accepted?: string,
  ): Promise<CachedBody> {
    return this.lists.facets(query, caller, accepted);
  }

  /**
   * Suggest as you type
   * @remarks Words that go on as typed, or are spelt alike, of any language of the shop; categories, brands and products whose
   * names begin so, in the locale that is asked for or in the shop's first language. Accents and case make no difference.
   */
  @Get('suggestions')
  @Public()
  @CachedRead(SuggestionsResponse)
  suggest(@Query() { q = '', locale }: SuggestQuery, @AcceptLanguage() accepted?: string): Promise<CachedBody> {
    return this.suggestions.of(q, locale, accepted);
  }
}
