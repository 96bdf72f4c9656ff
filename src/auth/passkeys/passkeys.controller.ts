import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  type Caller,
  Created,
  CurrentUser,
  Enrolling,
  NotStored,
  PageQuery,
  ParseUuid,
  RecentSignIn,
  Refuses,
  SignedIn,
} from '../../platform/index.js';
import { EmailNotVerified } from '../auth.errors.js';
import { LastWayToSignIn } from '../oidc/oidc.errors.js';
import { CreationOptionsResponse } from './passkey-options.dto.js';
import { PasskeyOptions } from './passkey-options.service.js';
import {
  AddPasskeyRequest,
  PasskeyAddedResponse,
  PasskeyPageResponse,
  PasskeyResponse,
  RenamePasskeyRequest,
} from './passkeys.dto.js';
import { PasskeyChallengeExpired, PasskeyKnown, TooManyPasskeys, WrongPasskey } from './passkeys.errors.js';
import { PasskeysService } from './passkeys.service.js';

@ApiTags('auth')
@Controller('auth/passkeys')
export class PasskeysController {
  constructor(
    private readonly passkeys: PasskeysService,
    private readonly options: PasskeyOptions,
  ) {}

  /** List your passkeys */
  @Get()
  @SignedIn()
  @Enrolling()
  async list(@Query() query: PageQuery, @CurrentUser() caller: Caller): Promise<PasskeyPageResponse> {
    const { data, nextCursor } = await this.passkeys.list(caller, query);
    return { data: data.map(PasskeyResponse.of), nextCursor };
  }

  /**
   * Begin with a passkey
   * @remarks Gives what the browser has to be asked for.
   */
  @Post('options')
  @HttpCode(200)
  @SignedIn()
  @Enrolling()
  @RecentSignIn()
  @NotStored()
  @Refuses(EmailNotVerified)
  async optionsToAdd(@CurrentUser() caller: Caller): Promise<CreationOptionsResponse> {
    return this.options.toRegister(caller);
  }

  /**
   * Add a passkey
   * @remarks From now on signing in with the password asks for it, or for another second factor; and it is good for signing in without the password. With the first second factor come recovery codes, shown this once. Your other sessions end. Refresh the tokens of this one: they say then that it has two factors.
   */
  @Post()
  @SignedIn()
  @Enrolling()
  @RecentSignIn()
  @Created('/v1/auth/passkeys/:id')
  @NotStored()
  @Refuses(PasskeyChallengeExpired, WrongPasskey, PasskeyKnown, TooManyPasskeys, EmailNotVerified)
  async create(
    @Body() { name = 'Passkey', passkey }: AddPasskeyRequest,
    @CurrentUser() caller: Caller,
  ): Promise<PasskeyAddedResponse> {
    const added = await this.passkeys.add(caller, name, passkey);
    return PasskeyAddedResponse.with(added.passkey, added.recoveryCodes);
  }

  /** Read a passkey of yours */
  @Get(':id')
  @SignedIn()
  @Enrolling()
  async read(@Param('id', ParseUuid) id: string, @CurrentUser() caller: Caller): Promise<PasskeyResponse> {
    return PasskeyResponse.of(await this.passkeys.read(caller, id));
  }

  /** Rename a passkey of yours */
  @Patch(':id')
  @SignedIn()
  async rename(
    @Param('id', ParseUuid) id: string,
    @Body() { name }: RenamePasskeyRequest,
    @CurrentUser() caller: Caller,
  ): Promise<PasskeyResponse> {
    return PasskeyResponse.of(await this.passkeys.rename(caller, id, name));
  }

  /**
   * Remove a passkey of yours
   * @remarks Needs a recent sign-in with a second factor. Your other sessions end. When it was the last second factor, the recovery codes go too.
   */
  @Delete(':id')
  @HttpCode(204)
  @SignedIn()
  @RecentSignIn()
  @Refuses(LastWayToSignIn)
  async remove(@Param('id', ParseUuid) id: string, @CurrentUser() caller: Caller): Promise<void> {
    await this.passkeys.remove(caller, id);
  }
}
