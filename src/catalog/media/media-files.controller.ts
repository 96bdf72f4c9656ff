import { Controller, Get, Headers, Param, Res, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Anonymous, FileStore, NotFoundProblem, namesEtag, ParseUuid, Unchanging } from '../../platform/index.js';
import { FOR_EVER, folderOf } from './media-row.js';

const FILE = /^[\da-f]{16}-\d{1,5}\.(webp|avif)$/;

@ApiTags('catalog')
@Controller('media')
export class MediaFilesController {
  constructor(private readonly files: FileStore) {}

  /**
   * Get a picture
   * @remarks Its addresses are those that products name. What is at one of them never changes.
   */
  @Get(':id/:file')
  @Anonymous()
  @Unchanging('The picture.', 'image/webp', 'image/avif')
  async read(
    @Param('id', ParseUuid) id: string,
    @Param('file') file: string,
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | undefined> {
    const [, extension] = FILE.exec(file) ?? [];
    const found = extension && (await this.files.find(`${folderOf(id)}/${file}`));
    if (!found) throw new NotFoundProblem('Picture', file.slice(0, 100));
    const etag = `"${file}"`;
    reply.headers({
      etag,
      'cache-control': FOR_EVER,
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'cross-origin-resource-policy': 'cross-origin',
    });
    if (!namesEtag(known, etag)) {
      return new StreamableFile(await found.read(), { type: `image/${extension}`, length: found.bytes });
    }
    reply.status(304);
    return undefined;
  }
}
