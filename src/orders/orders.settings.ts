import {
  IsBoolean,
  IsIn,
  Validate,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { Env, IsCurrency } from '../platform/index.js';
import { parseShippingMethods, type ShippingMethod } from './checkout/shipping-methods.js';
import { TaxTable } from './checkout/tax-table.js';

const DEFAULT_SHIPPING: ShippingMethod[] = [
  {
    code: 'standard',
    name: 'Standard',
    prices: { EUR: 490, USD: 590, GBP: 450, JPY: 800, KWD: 1500 },
    freeFrom: { EUR: 5000, USD: 5000, GBP: 5000, JPY: 8000, KWD: 15000 },
  },
  { code: 'express', name: 'Express', prices: { EUR: 1290, USD: 1490, GBP: 1190, JPY: 2000, KWD: 4000 } },
];

const DEFAULT_RATES = 'AT=20,BE=21,DE=19,DK=25,ES=21,FI=25.5,FR=20,IE=23,IT=22,NL=21,PL=23,PT=23,SE=25,GB=20,JP=10,*=0';

@ValidatorConstraint({ name: 'parses' })
class Parses implements ValidatorConstraintInterface {
  validate(text: string, { constraints }: ValidationArguments): boolean {
    try {
      (constraints[0] as (text: string) => unknown)(text);
      return true;
    } catch {
      return false;
    }
  }
}

export class OrdersSettings {
  @IsCurrency()
  @Env('GALLEY_CURRENCY', { default: 'EUR', does: 'currency of a cart that names none', takes: 'an ISO 4217 code' })
  currency: string;

  @Validate(Parses, [parseShippingMethods])
  @Env('GALLEY_SHIPPING_METHODS', {
    default: JSON.stringify(DEFAULT_SHIPPING),
    does: 'ways to ship, with prices in minor units',
    takes: 'a JSON list of {"code","name","countries"?,"prices":{"EUR":490},"freeFrom"?:{"EUR":5000}}',
  })
  shippingMethodsJson: string;

  @Validate(Parses, [TaxTable.parse])
  @Env('GALLEY_TAX_RATES', {
    default: DEFAULT_RATES,
    does: 'tax in percent by country of delivery; * is everywhere else',
    takes: 'a list such as DE=19,FR=20,*=0',
  })
  taxRates: string;

  @IsBoolean()
  @Env('GALLEY_TAX_INCLUDED', {
    default: 'true',
    does: 'whether prices have the tax in them already',
    takes: 'true or false',
  })
  taxIncluded: boolean;

  @IsIn(['everyone', 'signed-in', 'nobody'])
  @Env('GALLEY_RESERVATIONS', {
    default: 'everyone',
    does: 'who may have what is in a cart set aside, which keeps it from others',
    takes: 'everyone, signed-in or nobody',
  })
  reservations: 'everyone' | 'signed-in' | 'nobody';

  get shippingMethods(): ShippingMethod[] {
    return parseShippingMethods(this.shippingMethodsJson);
  }

  get taxTable(): TaxTable {
    return TaxTable.parse(this.taxRates);
  }
}
