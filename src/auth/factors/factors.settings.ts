import { IsString, Matches, MaxLength } from 'class-validator';
import { Env } from '../../platform/index.js';

export class FactorsSettings {
  // A colon would end it in the address that authenticator apps read.
  @IsString()
  @MaxLength(60)
  @Matches(/^[^:\p{Cc}]+$/u)
  @Env('GALLEY_SHOP_NAME', {
    default: 'Galley',
    does: 'what authenticator apps and passkey dialogs call the shop',
    takes: 'up to 60 characters, no colon',
  })
  shopName: string;
}
