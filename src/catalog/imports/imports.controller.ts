import { Readable } from 'node:stream';
import { Controller, Get, HttpCode, Param, Post, Query, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  BodyStream,
  BodyTooLarge,
  type Caller,
  Created,
  CurrentUser,
  Download,
  NotStored,
  PageQuery,
  ParseUuid,
  Refuses,
  Requires,
  type StreamedBody,
  Streams,
  UnsupportedMediaType,
} from '../../platform/index.js';
import { ImportIsOver } from '../catalog.errors.js';
import {
  CreateImportQuery,
  ImportListResponse,
  ImportResponse,
  RefusalListResponse,
  RefusalResponse,
} from './imports.dto.js';
import { ImportsService } from './imports.service.js';

@ApiTags('catalog')
@Controller('imports')
export class ImportsController {
  constructor(private readonly imports: ImportsService) {}

  /**
   * Import products
   * @remarks Send a CSV, or NDJSON with one product on each line as the export writes it. It is worked off in the
   * background: `GET /v1/imports/{id}` says how far it is. Products are found by `externalId`, else by `slug`, else by
   * the SKU of a variant, and made when they are not there; sending the same file again changes nothing. What the file does
   * not say of a product or variant that is there stays as it is: columns that it lacks, and members that are left out.
   */
  @Post()
  @Requires('products:write')
  @Streams('text/csv', 'application/x-ndjson')
  @Created('/v1/imports/:id')
  @NotStored()
  @Refuses(BodyTooLarge, UnsupportedMediaType)
  async create(
    @BodyStream() body: StreamedBody,
    @Query() { dryRun, column = {} }: CreateImportQuery,
    @CurrentUser() caller: Caller,
  ): Promise<ImportResponse> {
    return ImportResponse.of(await this.imports.create(body, { dryRun, columns: column }, caller));
  }

  /** List imports */
  @Get()
  @Requires('products:write')
  async list(@Query() query: PageQuery): Promise<ImportListResponse> {
    const { data, nextCursor } = await this.imports.list(query);
    return { data: data.map(ImportResponse.of), nextCursor };
  }

  /**
   * See how an import goes
   * @remarks `progress` grows to 1, `finishedAt` says when it was over.
   */
  @Get(':id')
  @Requires('products:write')
  async read(@Param('id', ParseUuid) id: string): Promise<ImportResponse> {
    return ImportResponse.of(await this.imports.find(id));
  }

  /**
   * Stop an import
   * @remarks What it has taken stays; nothing more is taken. Repeating the request changes nothing.
   */
  @Post(':id/cancellation')
  @HttpCode(200)
  @Requires('products:write')
  @Refuses(ImportIsOver)
  async cancel(@Param('id', ParseUuid) id: string): Promise<ImportResponse> {
    return ImportResponse.of(await this.imports.cancel(id));
  }

  /** List what an import refused, and why */
  @Get(':id/refusals')
  @Requires('products:write')
  async refusals(@Param('id', ParseUuid) id: string, @Query() query: PageQuery): Promise<RefusalListResponse> {
    const { data, nextCursor } = await this.imports.refusals(id, query);
    return { data: data.map(RefusalResponse.of), nextCursor };
  }

  /** Download what an import refused, as CSV */
  @Get(':id/refusals.csv')
  @Requires('products:write')
  @Download('line, column, reason', 'text/csv')
  async refusalFile(@Param('id', ParseUuid) id: string): Promise<StreamableFile> {
    await this.imports.find(id);
    return new StreamableFile(Readable.from(this.imports.refusalLines(id), { objectMode: false }), {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="refused-${id}.csv"`,
    });
  }
}
