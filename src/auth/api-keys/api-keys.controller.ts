import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  type Caller,
  Created,
  CurrentUser,
  IfMatch,
  NotStored,
  PageQuery,
  ParseUuid,
  RecentSignIn,
  Refuses,
  Requires,
  Versioned,
} from '../../platform/index.js';
import { ApiKeyRevoked, BeyondOwnLimits, PermissionNotHeld } from '../auth.errors.js';
import {
  ApiKeyPageResponse,
  ApiKeyResponse,
  ApiKeyWithSecretResponse,
  ChangeApiKeyRequest,
  CreateApiKeyRequest,
  RotateApiKeyRequest,
} from './api-keys.dto.js';
import { ApiKeysService } from './api-keys.service.js';

const A_DAY = 86_400;

@ApiTags('api-keys')
@Controller('api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  /**
   * List API keys
   * @remarks Newest first, those that were revoked included.
   */
  @Get()
  @Requires('api-keys:read')
  async list(@Query() query: PageQuery): Promise<ApiKeyPageResponse> {
    const { data, nextCursor } = await this.keys.list(query);
    return { data: data.map(ApiKeyResponse.of), nextCursor };
  }

  /**
   * Make an API key
   * @remarks The answer shows the key this once: it is stored only as a hash. It may do what you name, and you can name only what you hold yourself. One that an API key makes lives at most as long as that, and as the secret that it calls with, and is allowed at most from its addresses; what is left out of the two is inherited.
   */
  @Post()
  @Requires('api-keys:write')
  @RecentSignIn()
  @Created('/v1/api-keys/:id')
  @Versioned()
  @NotStored()
  @Refuses(PermissionNotHeld, BeyondOwnLimits)
  async create(@Body() request: CreateApiKeyRequest, @CurrentUser() caller: Caller): Promise<ApiKeyWithSecretResponse> {
    return ApiKeyWithSecretResponse.withSecret(await this.keys.create(CreateApiKeyRequest.fieldsOf(request), caller));
  }

  /** Read an API key */
  @Get(':id')
  @Requires('api-keys:read')
  // When it was last used changes without it.
  @Versioned({ live: true })
  async read(@Param('id', ParseUuid) id: string): Promise<ApiKeyResponse> {
    return ApiKeyResponse.of(await this.keys.read(id));
  }

  /**
   * Change an API key
   * @remarks Its name, what it may do, until when and from where: at once, for every request from now on. Until when and from where can be changed only by who holds all that it may do. An API key cannot change its own, and gives others nothing beyond them.
   */
  @Patch(':id')
  @Requires('api-keys:write')
  @RecentSignIn()
  @Versioned()
  @Refuses(ApiKeyRevoked, PermissionNotHeld, BeyondOwnLimits)
  async change(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @Body() request: ChangeApiKeyRequest,
    @CurrentUser() caller: Caller,
  ): Promise<ApiKeyResponse> {
    return ApiKeyResponse.of(await this.keys.change(id, version, ChangeApiKeyRequest.fieldsOf(request), caller));
  }

  /**
   * Revoke an API key
   * @remarks At once and for good. It stays in the list, because what it did names it.
   */
  @Delete(':id')
  @HttpCode(204)
  @Requires('api-keys:write')
  async revoke(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @CurrentUser() caller: Caller,
  ): Promise<void> {
    await this.keys.revoke(id, version, caller);
  }

  /**
   * Renew the secret of an API key
   * @remarks The answer shows the new secret this once. The one before it goes on working for `overlapSeconds`, so that nothing stands still while it is replaced. An API key renews only keys within its own expiry and addresses, and itself only with its newest secret.
   */
  @Post(':id/rotation')
  @HttpCode(200)
  @Requires('api-keys:write')
  @RecentSignIn()
  @Versioned()
  @NotStored()
  @Refuses(ApiKeyRevoked, PermissionNotHeld, BeyondOwnLimits)
  async rotate(
    @Param('id', ParseUuid) id: string,
    @Body() { overlapSeconds = A_DAY }: RotateApiKeyRequest,
    @CurrentUser() caller: Caller,
  ): Promise<ApiKeyWithSecretResponse> {
    return ApiKeyWithSecretResponse.withSecret(await this.keys.rotate(id, overlapSeconds, caller));
  }
}
