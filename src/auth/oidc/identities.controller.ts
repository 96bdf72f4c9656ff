import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  type Caller,
  Created,
  CurrentUser,
  NotStored,
  PageQuery,
  ParseUuid,
  RecentSignIn,
  Refuses,
  SignedIn,
} from '../../platform/index.js';
import { EmailNotVerified } from '../auth.errors.js';
import { FactorChanges } from '../factors/factor-changes.service.js';
import { IdentityPageResponse, IdentityResponse } from './identities.dto.js';
import { IdentitiesService } from './identities.service.js';
import { Linking } from './linking.service.js';
import { BeginFlowRequest, BegunFlowResponse, FinishFlowRequest } from './oidc.dto.js';
import {
  ExternalSignInExpired,
  IdentityLinked,
  IdentityNotProved,
  LastWayToSignIn,
  ProviderUnavailable,
  TooManyIdentities,
} from './oidc.errors.js';
import { OidcFlows } from './oidc-flows.service.js';
import { OidcProviders } from './oidc-providers.service.js';

@ApiTags('auth')
@Controller('auth')
export class IdentitiesController {
  constructor(
    private readonly identities: IdentitiesService,
    private readonly linking: Linking,
    private readonly flows: OidcFlows,
    private readonly providers: OidcProviders,
    private readonly changes: FactorChanges,
  ) {}

  /**
   * Begin to link a provider to your account
   * @remarks Ask the person first: whoever they are at the provider can sign in to this account afterwards. Send them to `url`, as for signing in. Needs a verified e-mail address, and the second factor when there is one.
   */
  @Post('oidc/:provider/link/authorization')
  @HttpCode(200)
  @SignedIn()
  @RecentSignIn()
  @NotStored()
  @Refuses(EmailNotVerified, ProviderUnavailable)
  async beginLink(
    @Param('provider') name: string,
    @Body() { redirectTo }: BeginFlowRequest,
    @CurrentUser() caller: Caller,
  ): Promise<BegunFlowResponse> {
    const provider = this.providers.get(name);
    await this.changes.demandFactor(caller);
    await this.linking.demandVerifiedEmail(caller);
    return BegunFlowResponse.of(await this.flows.begin(provider, { purpose: 'link', caller }, redirectTo ?? undefined));
  }

  /**
   * Link a provider to your account
   * @remarks Ends what `…/link/authorization` began, in the same session. A mail tells the owner.
   */
  @Post('oidc/:provider/link')
  @SignedIn()
  @Created('/v1/auth/identities/:id')
  @NotStored()
  @Refuses(
    ExternalSignInExpired,
    IdentityNotProved,
    IdentityLinked,
    TooManyIdentities,
    EmailNotVerified,
    ProviderUnavailable,
  )
  async link(
    @Param('provider') name: string,
    @Body() answer: FinishFlowRequest,
    @CurrentUser() caller: Caller,
  ): Promise<IdentityResponse> {
    const provider = this.providers.get(name);
    const person = await this.flows.finish(provider, { purpose: 'link', caller }, answer);
    return IdentityResponse.of(await this.linking.link(provider, person, caller));
  }

  /** List the identities that are linked to your account */
  @Get('identities')
  @SignedIn()
  async list(@Query() query: PageQuery, @CurrentUser() caller: Caller): Promise<IdentityPageResponse> {
    const { data, nextCursor } = await this.identities.list(caller, query);
    return { data: data.map(IdentityResponse.of), nextCursor };
  }

  /** Read an identity that is linked to your account */
  @Get('identities/:id')
  @SignedIn()
  async read(@Param('id', ParseUuid) id: string, @CurrentUser() caller: Caller): Promise<IdentityResponse> {
    return IdentityResponse.of(await this.identities.read(caller, id));
  }

  /**
   * Unlink an identity from your account
   * @remarks It opens the account no more, and your other sessions end. The last way to sign in stays. Needs the second factor when there is one.
   */
  @Delete('identities/:id')
  @HttpCode(204)
  @SignedIn()
  @RecentSignIn()
  @Refuses(LastWayToSignIn)
  async unlink(@Param('id', ParseUuid) id: string, @CurrentUser() caller: Caller): Promise<void> {
    await this.changes.demandFactor(caller);
    await this.linking.unlink(id, caller);
  }
}
