import { IsIn, Matches, Max, Min } from 'class-validator';
import { Env } from '../platform/index.js';

const PROVIDERS = ['sandbox', 'manual'];

/** Which providers are in use, and how. */
export class PaymentsSettings {
  @Matches(/^[a-z][a-z\d_]*(,[a-z][a-z\d_]*)*$/)
  @Env('GALLEY_PAYMENT_PROVIDERS', {
    does: 'payment providers that checkouts may name; by default sandbox,manual, in production only manual',
    takes: `a comma-separated list of ${PROVIDERS.join(', ')}`,
  })
  providers: string;

  @IsIn(['automatic', 'manual'])
  @Env('GALLEY_CAPTURE', {
    default: 'automatic',
    does: 'take the money when an order is placed (automatic), or when staff capture it (manual)',
    takes: 'automatic or manual',
  })
  capture: 'automatic' | 'manual';

  @Min(0.01)
  @Max(60)
  @Env('GALLEY_PAYMENT_TIMEOUT', {
    default: '10',
    does: 'seconds that a call to a payment provider may take',
    takes: 'a number of seconds, 0.01 to 60',
  })
  timeout: number;

  @Min(60)
  @Max(7 * 86_400)
  @Env('GALLEY_PAYMENT_ACTION_TIMEOUT', {
    default: '3600',
    does: 'seconds that a payer has to confirm a payment, before it is voided',
    takes: 'a number of seconds, 60 to 604800',
  })
  actionTimeout: number;

  /** Names of the providers in use. The sandbox gives goods away, so production has it only when it is named. */
  get names(): string[] {
    const unset = process.env['NODE_ENV'] === 'production' ? 'manual' : 'sandbox,manual';
    return (this.providers ?? unset).split(',');
  }

  /** Seconds after which a payment call is taken for dead: past its deadline, with room for the answer to be saved. */
  get lease(): number {
    return this.timeout + 30;
  }
}
