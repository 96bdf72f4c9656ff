import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  AcceptLanguage,
  type CachedBody,
  CachedRead,
  Created,
  IfMatch,
  Locales,
  NotFoundProblem,
  ParseUuid,
  Public,
  Refuses,
  Requires,
  Stale,
  ValidationFailed,
  Versioned,
} from '../../platform/index.js';
import { CategoryNotEmpty, SlugTaken } from '../catalog.errors.js';
import {
  CategoriesQuery,
  CategoryResponse,
  CategoryTree,
  ChangeCategoryRequest,
  CreateCategoryRequest,
} from './categories.dto.js';
import { CategoriesService } from './categories.service.js';

@ApiTags('catalog')
@Controller('categories')
export class CategoriesController {
  constructor(
    private readonly categories: CategoriesService,
    private readonly locales: Locales,
  ) {}

  /** List all categories as a tree */
  @Get()
  @Public()
  @CachedRead(CategoryTree)
  list(@Query() { locale }: CategoriesQuery, @AcceptLanguage() accepted?: string): Promise<CachedBody> {
    return this.categories.tree(this.locales.choose(locale, accepted));
  }

  /**
   * Read a category by id or slug
   * @remarks Ask for the language that all is written in when you read it to change it.
   */
  @Get(':idOrSlug')
  @Public()
  @Versioned({ translated: true })
  @Refuses(NotFoundProblem)
  async read(
    @Param('idOrSlug') idOrSlug: string,
    @Query() { locale }: CategoriesQuery,
    @AcceptLanguage() accepted?: string,
  ): Promise<CategoryResponse> {
    const locales = this.locales.chainOf(this.locales.choose(locale, accepted));
    return CategoryResponse.of(await this.categories.read(idOrSlug), locales);
  }

  /**
   * Add a category
   * @remarks Below `parentId`, or at the top. The tree has at most six levels.
   */
  @Post()
  @Requires('products:write')
  @Created('/v1/categories/:id')
  @Versioned()
  @Refuses(SlugTaken, ValidationFailed)
  async create(@Body() request: CreateCategoryRequest): Promise<CategoryResponse> {
    return CategoryResponse.of(await this.categories.create(request));
  }

  /**
   * Change or move a category
   * @remarks Those below it move along: their paths change, and their versions. Search finds its products by a new name
   * within a minute or so, as there may be many.
   */
  @Patch(':id')
  @Requires('products:write')
  @Versioned()
  @Refuses(Stale, SlugTaken, ValidationFailed)
  async change(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @Body() request: ChangeCategoryRequest,
  ): Promise<CategoryResponse> {
    return CategoryResponse.of(await this.categories.change(id, version, request));
  }

  /**
   * Delete a category
   * @remarks Only when nothing is left in it.
   */
  @Delete(':id')
  @HttpCode(204)
  @Requires('products:write')
  @Refuses(Stale, CategoryNotEmpty)
  async delete(@Param('id', ParseUuid) id: string, @IfMatch() version: number): Promise<void> {
    await this.categories.delete(id, version);
  }
}
