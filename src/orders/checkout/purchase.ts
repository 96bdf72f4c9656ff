import type { Address } from '../../customers/index.js';
import type { MoneyJson } from '../../platform/index.js';

/** What is to be bought: a cart, or everything at once. */
export type Purchase =
  | { cartId: string; expectedTotal: MoneyJson | undefined }
  | {
      email: string;
      currency: string | undefined;
      channel: string | undefined;
      items: { variantId: string; quantity: number }[];
      shippingAddress: Address;
      billingAddress: Address | undefined;
      shippingMethod: string | undefined;
      expectedTotal: MoneyJson | undefined;
    };
