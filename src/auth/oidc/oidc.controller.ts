import { Body, Controller, Get, HttpCode, Param, Post, Query, Redirect } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiTags } from '@nestjs/swagger';
import { Anonymous, type Caller, CurrentUser, NotStored, Refuses } from '../../platform/index.js';
import { InvalidCredentials } from '../auth.errors.js';
import { MfaRequired } from '../factors/factors.errors.js';
import { SessionResponse } from '../sessions/sessions.dto.js';
import { ExternalSignIns } from './external-sign-ins.service.js';
import {
  BeginFlowRequest,
  BegunFlowResponse,
  FinishFlowRequest,
  OidcProviderListResponse,
  OidcProviderResponse,
} from './oidc.dto.js';
import {
  AccountExists,
  EmailNotVouchedFor,
  ExternalSignInExpired,
  ExternalSignInFailed,
  ProviderUnavailable,
} from './oidc.errors.js';
import { OidcFlows } from './oidc-flows.service.js';
import { OidcProviders } from './oidc-providers.service.js';

@ApiTags('auth')
@Controller('auth/oidc')
export class OidcController {
  constructor(
    private readonly providers: OidcProviders,
    private readonly flows: OidcFlows,
    private readonly signIns: ExternalSignIns,
  ) {}

  /** List the providers that people can sign in with */
  @Get()
  @Anonymous()
  list(): OidcProviderListResponse {
    return { data: this.providers.all.map(OidcProviderResponse.of), nextCursor: null };
  }

  /**
   * Begin to sign in with a provider
   * @remarks Send the person to `url`. They come back to `redirectTo` with `provider`, `code`, `state` and perhaps `iss` after the #, or with `error`.
   */
  @Post(':provider/authorization')
  @HttpCode(200)
  @Anonymous()
  @NotStored()
  @Refuses(ProviderUnavailable)
  async begin(
    @Param('provider') provider: string,
    @Body() { redirectTo }: BeginFlowRequest,
  ): Promise<BegunFlowResponse> {
    return BegunFlowResponse.of(
      await this.flows.begin(this.providers.get(provider), { purpose: 'sign_in' }, redirectTo ?? undefined),
    );
  }

  /**
   * Sign in with a provider
   * @remarks Ends what `…/authorization` began, with what the person brought back. Somebody new gets an account, if the provider has verified their e-mail address and no account has it. An account with a second factor answers 401 `mfa_required`; go on with `POST /v1/auth/login/mfa`.
   */
  @Post(':provider/token')
  @HttpCode(200)
  @Anonymous()
  @NotStored()
  @Refuses(
    ExternalSignInExpired,
    ExternalSignInFailed,
    EmailNotVouchedFor,
    AccountExists,
    MfaRequired,
    InvalidCredentials,
    ProviderUnavailable,
  )
  async create(
    @Param('provider') name: string,
    @Body() answer: FinishFlowRequest,
    @CurrentUser() device: Caller,
  ): Promise<SessionResponse> {
    const provider = this.providers.get(name);
    const person = await this.flows.finish(provider, { purpose: 'sign_in' }, answer);
    return SessionResponse.of(await this.signIns.complete(provider, person, device));
  }

  /** Where providers send people back to. It is for browsers; what providers add to the address beyond the standard does not matter. */
  @Get(':provider/callback')
  @Anonymous()
  @Redirect()
  @ApiExcludeEndpoint()
  async callback(
    @Param('provider') name: string,
    @Query() query: Record<string, unknown>,
  ): Promise<{ url: string; statusCode: number }> {
    return { url: await this.flows.leadBack(this.providers.get(name), query), statusCode: 303 };
  }
}
