import { Injectable } from '@nestjs/common';
import type { Caller } from '../../platform/index.js';
import { CodeProofs } from '../factors/code-proofs.service.js';
import { WrongCode } from '../factors/factors.errors.js';
import { type RenewedAccess, StepUpService } from '../step-up/step-up.service.js';
import { IdentitiesService } from './identities.service.js';
import { IdentityNotProved } from './oidc.errors.js';
import { type FlowAnswer, OidcFlows } from './oidc-flows.service.js';
import type { OidcProvider } from './oidc-provider.js';

/** Proving again who one is, at a provider that is linked: for accounts without a password. */
@Injectable()
export class ExternalStepUps {
  constructor(
    private readonly flows: OidcFlows,
    private readonly identities: IdentitiesService,
    private readonly codes: CodeProofs,
    private readonly stepUps: StepUpService,
  ) {}

  /**
   * The code comes first: a wrong one leaves the answer of the provider good.
   * @throws {WrongCode} {CodeRequired} {ExternalSignInExpired} {IdentityNotProved} {ProviderUnavailable}
   */
  async complete(
    provider: OidcProvider,
    { code, answer }: { code: string | undefined; answer: FlowAnswer },
    caller: Caller,
  ): Promise<RenewedAccess> {
    const userId = caller.id ?? '';
    const shown =
      code === undefined ? undefined : await this.codes.check({ userId, code, by: caller, Wrong: WrongCode });
    const person = await this.flows.finish(provider, { purpose: 'step_up', caller }, answer);
    if (!person) throw new IdentityNotProved();
    return this.stepUps.completeOutside(caller, {
      mfa: person.mfa,
      at: person.authTime,
      shown,
      along: async () => {
        if (!(await this.identities.use(userId, person))) throw new IdentityNotProved();
      },
    });
  }
}
