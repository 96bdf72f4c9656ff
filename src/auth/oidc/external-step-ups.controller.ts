import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentUser, Enrolling, NotStored, Refuses, SignedIn } from '../../platform/index.js';
import { TooManyAttempts } from '../auth.errors.js';
import { CodeRequired, WrongCode } from '../factors/factors.errors.js';
import { StepUpResponse } from '../step-up/step-up.dto.js';
import { ExternalStepUps } from './external-step-ups.service.js';
import { BeginFlowRequest, BegunFlowResponse, FinishStepUpRequest } from './oidc.dto.js';
import { ExternalSignInExpired, IdentityNotProved, ProviderUnavailable } from './oidc.errors.js';
import { OidcFlows } from './oidc-flows.service.js';
import { OidcProviders } from './oidc-providers.service.js';

@ApiTags('auth')
@Controller('auth/oidc/:provider/step-up')
export class ExternalStepUpsController {
  constructor(
    private readonly providers: OidcProviders,
    private readonly flows: OidcFlows,
    private readonly stepUps: ExternalStepUps,
  ) {}

  /**
   * Begin to prove again who you are at a provider
   * @remarks Send the person to `url`, as for signing in. The provider is asked to have them sign in anew.
   */
  @Post('authorization')
  @HttpCode(200)
  @SignedIn()
  @Enrolling()
  @NotStored()
  @Refuses(ProviderUnavailable)
  async begin(
    @Param('provider') name: string,
    @Body() { redirectTo }: BeginFlowRequest,
    @CurrentUser() caller: Caller,
  ): Promise<BegunFlowResponse> {
    const use = { purpose: 'step_up' as const, caller };
    return BegunFlowResponse.of(await this.flows.begin(this.providers.get(name), use, redirectTo ?? undefined));
  }

  /**
   * Prove again who you are at a provider
   * @remarks Ends what `…/authorization` began, in the same session: in place of a password. The identity has to be linked to your account, and the provider has to say that they have signed in just now. An account with a second factor needs a code as well, unless the provider has seen one and is trusted for it: send `factorCode` at once, as what the provider answered is good for one call. The session stays the same; use the new access token, and go on with the refresh token that you have.
   */
  @Post()
  @HttpCode(200)
  @SignedIn()
  @Enrolling()
  @NotStored()
  @Refuses(ExternalSignInExpired, IdentityNotProved, CodeRequired, WrongCode, TooManyAttempts, ProviderUnavailable)
  async create(
    @Param('provider') name: string,
    @Body() { factorCode, ...answer }: FinishStepUpRequest,
    @CurrentUser() caller: Caller,
  ): Promise<StepUpResponse> {
    return StepUpResponse.of(
      await this.stepUps.complete(this.providers.get(name), { code: factorCode, answer }, caller),
    );
  }
}
