import { IsInt, IsUrl, Max, Min } from 'class-validator';
import { Env } from '../../platform/index.js';

/** How the simulated provider behaves. */
export class SandboxSettings {
  @IsInt()
  @Min(0)
  @Max(60_000)
  @Env('GALLEY_SANDBOX_SLOW_MS', {
    default: '3000',
    does: 'how long the sandbox takes to answer for tok_slow',
    takes: 'milliseconds, 0 to 60000',
  })
  slowMs: number;

  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  @Env('GALLEY_SANDBOX_WEBHOOK_URL', {
    does: 'where the sandbox delivers its webhooks; by default this process itself',
    takes: 'a URL such as http://127.0.0.1:3000',
  })
  webhookUrl: string;

  @IsInt()
  @Min(-1)
  @Max(60_000)
  @Env('GALLEY_SANDBOX_WEBHOOK_DELAY_MS', {
    default: '250',
    does: 'how long after a change the sandbox delivers its webhook; -1 delivers none',
    takes: 'milliseconds, -1 to 60000',
  })
  webhookDelayMs: number;
}
