import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Created, IfMatch, PageQuery, ParseUuid, Refuses, Requires, Stale, Versioned } from '../../platform/index.js';
import { SynonymsPage, SynonymsRequest, SynonymsResponse } from './synonyms.dto.js';
import { SynonymsService } from './synonyms.service.js';

@ApiTags('catalog')
@Controller('search/synonyms')
export class SynonymsController {
  constructor(private readonly synonyms: SynonymsService) {}

  /**
   * List synonyms
   * @remarks Newest first.
   */
  @Get()
  @Requires('products:read')
  list(@Query() query: PageQuery): Promise<SynonymsPage> {
    return this.synonyms.list(query);
  }

  /** Read synonyms */
  @Get(':id')
  @Requires('products:read')
  @Versioned()
  read(@Param('id', ParseUuid) id: string): Promise<SynonymsResponse> {
    return this.synonyms.read(id);
  }

  /**
   * Add synonyms
   * @remarks Whoever searches for one of the words finds the others too, at once.
   */
  @Post()
  @Requires('products:write')
  @Created('/v1/search/synonyms/:id')
  @Versioned()
  create(@Body() { words }: SynonymsRequest): Promise<SynonymsResponse> {
    return this.synonyms.create(words);
  }

  /** Replace synonyms */
  @Put(':id')
  @Requires('products:write')
  @Versioned()
  @Refuses(Stale)
  put(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @Body() { words }: SynonymsRequest,
  ): Promise<SynonymsResponse> {
    return this.synonyms.put(id, version, words);
  }

  /** Remove synonyms */
  @Delete(':id')
  @HttpCode(204)
  @Requires('products:write')
  @Refuses(Stale)
  async delete(@Param('id', ParseUuid) id: string, @IfMatch() version: number): Promise<void> {
    await this.synonyms.delete(id, version);
  }
}
