import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Requires } from '../../platform/index.js';
import { AuditEntryResponse, AuditPageResponse, ListAuditQuery } from './audit.dto.js';
import { AuditLog } from './audit-log.js';

@ApiTags('staff')
@Controller('audit-log')
export class AuditLogController {
  constructor(private readonly log: AuditLog) {}

  /**
   * Read the audit log
   * @remarks What was done to accounts, permissions and money, newest first. Nothing in it can be changed; `galley audit:verify` checks that nobody has.
   */
  @Get()
  @Requires('audit:read')
  async list(@Query() query: ListAuditQuery): Promise<AuditPageResponse> {
    const { data, nextCursor } = await this.log.list(query);
    return { data: data.map(AuditEntryResponse.of), nextCursor };
  }
}
