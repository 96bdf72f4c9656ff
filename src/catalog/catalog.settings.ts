import { Env, IsCurrency } from '../platform/index.js';

export class CatalogSettings {
  @IsCurrency()
  @Env('GALLEY_CURRENCY', {
    default: 'EUR',
    does: 'currency of prices in lists and details when the caller asks for none',
    takes: 'an ISO 4217 code such as EUR',
  })
  currency: string;
}
