import { ApiProperty } from '@nestjs/swagger';
import type { ExportRow } from './export.service.js';

const STATUSES = ['queued', 'ready'] as const;

/** A copy of all that is known of you. */
export class ExportResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** `ready` as soon as it can be fetched. */
  @ApiProperty({ enum: STATUSES })
  status: (typeof STATUSES)[number];
  /** Where to fetch it, with your token; null until it is ready. @example "/v1/me/exports/01981f3c-6f0f-7cc0-a2c5-3b3e6a2f4d10/file" */
  @ApiProperty({ type: 'string', nullable: true })
  download: string | null;
  /** Until when it can be fetched. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  expiresAt: Date | null;
  createdAt: Date;

  static of({ id, readyAt, expiresAt, createdAt }: ExportRow): ExportResponse {
    const ready = readyAt !== null;
    const download = ready ? `/v1/me/exports/${id}/file` : null;
    return { id, status: ready ? 'ready' : 'queued', download, expiresAt, createdAt };
  }
}
