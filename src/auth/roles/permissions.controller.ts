import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Requires } from '../../platform/index.js';
import { PermissionCatalogue } from './permission-catalogue.js';
import { PermissionListResponse, PermissionResponse } from './roles.dto.js';

@ApiTags('staff')
@Controller('permissions')
export class PermissionsController {
  constructor(private readonly catalogue: PermissionCatalogue) {}

  /**
   * List all permissions
   * @remarks Every one that some operation needs. Which needs which is in the document, as `x-permission`.
   */
  @Get()
  @Requires('roles:read')
  list(): PermissionListResponse {
    return { data: this.catalogue.all.map(PermissionResponse.of), nextCursor: null };
  }
}
