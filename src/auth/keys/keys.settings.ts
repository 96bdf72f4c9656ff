import { IsInt, Max, Min } from 'class-validator';
import { Env } from '../../platform/index.js';

export class KeysSettings {
  @IsInt()
  @Min(1)
  @Max(3650)
  @Env('GALLEY_SIGNING_KEY_DAYS', {
    default: '90',
    does: 'how long a key signs access tokens before the next one takes over',
    takes: 'a number of days, 1 to 3650',
  })
  signingKeyDays: number;
}
