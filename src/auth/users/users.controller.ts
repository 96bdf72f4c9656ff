import { Body, Controller, Get, Param, Patch, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  type Caller,
  CurrentUser,
  IfMatch,
  ParseUuid,
  RecentSignIn,
  Refuses,
  Requires,
  Versioned,
} from '../../platform/index.js';
import { BeyondOwnLimits, LastAdministrator, PermissionNotHeld } from '../auth.errors.js';
import { UserAdministration } from './user-administration.service.js';
import { ChangeUserRequest, ListUsersQuery, UserAccountResponse, UserPageResponse } from './users.dto.js';

@ApiTags('staff')
@Controller('users')
export class UsersController {
  constructor(private readonly users: UserAdministration) {}

  /**
   * List accounts
   * @remarks Shoppers and staff, newest first.
   */
  @Get()
  @Requires('users:read')
  async list(@Query() query: ListUsersQuery): Promise<UserPageResponse> {
    const { data, nextCursor } = await this.users.list(query);
    return { data: data.map(UserAccountResponse.of), nextCursor };
  }

  /** Read an account */
  @Get(':id')
  @Requires('users:read')
  // Second factors change without it.
  @Versioned({ live: true })
  async read(@Param('id', ParseUuid) id: string): Promise<UserAccountResponse> {
    return UserAccountResponse.of(await this.users.read(id));
  }

  /**
   * Change an account
   * @remarks Its name and its roles. You can give and take away only roles whose permissions you all hold. An API key with an expiry or addresses gives none. Other roles end all sessions of the account and withdraw a change of its e-mail address that is open: whoever has it signs in again, with what they may do now.
   */
  @Patch(':id')
  @Requires('users:write')
  @RecentSignIn({ toChange: 'roles' })
  @Versioned()
  @Refuses(PermissionNotHeld, BeyondOwnLimits, LastAdministrator)
  async change(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @Body() changes: ChangeUserRequest,
    @CurrentUser() caller: Caller,
  ): Promise<UserAccountResponse> {
    return UserAccountResponse.of(await this.users.change(id, version, changes, caller));
  }
}
