import { Injectable } from '@nestjs/common';
import { NotFoundProblem } from '../../platform/index.js';
import { PaymentProviders } from '../providers/providers.service.js';
import type { ActionResponse } from './sandbox.dto.js';
import { type Charge, referenceOf } from './sandbox-charge.js';
import { SandboxCharges } from './sandbox-charges.service.js';
import { SandboxWebhooks } from './sandbox-webhooks.service.js';

/** Plays the payer's bank: the page where a payment is confirmed. */
@Injectable()
export class SandboxActions {
  constructor(
    private readonly providers: PaymentProviders,
    private readonly charges: SandboxCharges,
    private readonly webhooks: SandboxWebhooks,
  ) {}

  async find(id: string): Promise<ActionResponse> {
    const { status, amount, currency, returnUrl } = await this.charge(id);
    return { id, status, amount: { amount, currency }, returnUrl };
  }

  async answer(id: string, approved: boolean): Promise<ActionResponse> {
    await this.charges.answer(await this.charge(id), approved);
    this.webhooks.poke();
    return this.find(id);
  }

  private async charge(id: string): Promise<Charge> {
    const inUse = this.providers.find('sandbox') !== undefined;
    const charge = inUse ? await this.charges.find({ providerReference: referenceOf(id) }) : null;
    if (!charge) throw new NotFoundProblem('Action', id);
    return charge;
  }
}
