import { Controller, Get, Param, Post, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  type Caller,
  Created,
  CurrentUser,
  Download,
  ParseUuid,
  RecentSignIn,
  SignedIn,
} from '../../platform/index.js';
import { ExportResponse } from './export.dto.js';
import { ExportService } from './export.service.js';

@ApiTags('customers')
@Controller('me')
export class ExportController {
  constructor(private readonly exports: ExportService) {}

  /**
   * Ask for a copy of all that is known of you
   * @remarks It is made in the background; a mail says when it is ready, and for a day it can be fetched. Within an hour of
   * that, the answer is the one that is ready.
   */
  @Post('export')
  @SignedIn()
  @RecentSignIn()
  @Created('/v1/me/exports/:id')
  async ask(@CurrentUser() caller: Caller): Promise<ExportResponse> {
    return ExportResponse.of(await this.exports.ask(caller));
  }

  /** See whether a copy is ready */
  @Get('exports/:id')
  @SignedIn()
  async read(@CurrentUser() caller: Caller, @Param('id', ParseUuid) id: string): Promise<ExportResponse> {
    return ExportResponse.of(await this.exports.find(caller, id));
  }

  /** Fetch a copy of all that is known of you */
  @Get('exports/:id/file')
  @SignedIn()
  @RecentSignIn()
  @Download('One JSON document, by the parts of Galley that know something.', 'application/json')
  async file(@CurrentUser() caller: Caller, @Param('id', ParseUuid) id: string): Promise<StreamableFile> {
    const document = await this.exports.document(caller, id);
    return new StreamableFile(Buffer.from(document), {
      type: 'application/json; charset=utf-8',
      disposition: 'attachment; filename="my-data.json"',
    });
  }
}
