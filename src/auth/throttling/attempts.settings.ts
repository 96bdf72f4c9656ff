import { IsInt, Max, Min } from 'class-validator';
import { Env } from '../../platform/index.js';

export class AttemptsSettings {
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  @Env('GALLEY_ATTEMPTS_PER_ACCOUNT', {
    default: '5',
    does: 'failed sign-ins to one account, from addresses new to it, before they have to wait',
    takes: 'a number from 1 to 1000000',
  })
  perAccount: number;

  @IsInt()
  @Min(1)
  @Max(1_000_000)
  @Env('GALLEY_ATTEMPTS_PER_ADDRESS', {
    default: '100',
    does: 'failed sign-ins from one address, to accounts new to it, before they have to wait',
    takes: 'a number from 1 to 1000000',
  })
  perAddress: number;
}
