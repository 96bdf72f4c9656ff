import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  type Caller,
  Created,
  CurrentUser,
  IfMatch,
  RecentSignIn,
  Refuses,
  Requires,
  Versioned,
} from '../../platform/index.js';
import {
  BeyondOwnLimits,
  LastAdministrator,
  PermissionNotHeld,
  RoleExists,
  RoleFixed,
  RoleInUse,
} from '../auth.errors.js';
import { ChangeRoleRequest, CreateRoleRequest, RoleListResponse, RoleResponse } from './roles.dto.js';
import { RolesService } from './roles.service.js';

@ApiTags('staff')
@Controller('roles')
export class RolesController {
  constructor(private readonly roles: RolesService) {}

  /** List all roles */
  @Get()
  @Requires('roles:read')
  async list(): Promise<RoleListResponse> {
    return { data: (await this.roles.list()).map(RoleResponse.of), nextCursor: null };
  }

  /**
   * Add a role
   * @remarks With permissions that you hold yourself; `*` only if you hold that. An API key with an expiry or addresses makes none.
   */
  @Post()
  @Requires('roles:write')
  @RecentSignIn()
  @Created('/v1/roles/:name')
  @Versioned()
  @Refuses(RoleExists, PermissionNotHeld, BeyondOwnLimits)
  async create(@Body() request: CreateRoleRequest, @CurrentUser() caller: Caller): Promise<RoleResponse> {
    const { name, requiresSecondFactor = false, ...fields } = request;
    return RoleResponse.of(await this.roles.create(name, { ...fields, requiresSecondFactor }, caller));
  }

  /** Read a role */
  @Get(':name')
  @Requires('roles:read')
  @Versioned()
  async read(@Param('name') name: string): Promise<RoleResponse> {
    return RoleResponse.of(await this.roles.read(name));
  }

  /**
   * Change a role
   * @remarks You can add and take away only what you hold yourself. What is taken away ends the sessions of those who have the role; what is added they hold once their tokens are refreshed. Whether it requires a second factor is for those to say who hold all of it; sessions without one end, and whoever has none signs in to set one up. An API key with an expiry or addresses changes none.
   */
  @Patch(':name')
  @Requires('roles:write')
  @RecentSignIn()
  @Versioned()
  @Refuses(RoleFixed, PermissionNotHeld, BeyondOwnLimits, LastAdministrator)
  async change(
    @Param('name') name: string,
    @IfMatch() version: number,
    @Body() request: ChangeRoleRequest,
    @CurrentUser() caller: Caller,
  ): Promise<RoleResponse> {
    return RoleResponse.of(await this.roles.change(name, version, request, caller));
  }

  /**
   * Delete a role
   * @remarks Only when nobody has it any more, and only one of which you hold all permissions.
   */
  @Delete(':name')
  @HttpCode(204)
  @Requires('roles:write')
  @RecentSignIn()
  @Refuses(RoleFixed, PermissionNotHeld, RoleInUse)
  async delete(@Param('name') name: string, @IfMatch() version: number, @CurrentUser() caller: Caller): Promise<void> {
    await this.roles.delete(name, version, caller);
  }
}
