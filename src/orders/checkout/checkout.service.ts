import { Injectable } from '@nestjs/common';
import { UsersService } from '../../auth/index.js';
import { Stock } from '../../catalog/index.js';
import {
  type Payment,
  PaymentDeclined,
  PaymentNotTaken,
  Payments,
  type ProviderOutcome,
} from '../../payments/index.js';
import { type Caller, Database, faultPoint, IdempotencyService, newId, type Refusal } from '../../platform/index.js';
import type { Order, OrderLine } from '../order.entity.js';
import { OrderStore } from '../order-store.js';
import { OrderResponse } from '../orders.dto.js';
import { Settling } from '../settling.service.js';
import { Buyers } from './buyers.service.js';
import { Drafting } from './drafting.service.js';
import type { Purchase } from './purchase.js';

export interface PaymentChoice {
  provider: string;
  token: string;
}

export interface Placed {
  status: 201 | 202;
  order: OrderResponse;
}

interface Attempt {
  order: Order;
  lines: OrderLine[];
  payment: Payment | null;
  /** An earlier attempt of the same request died: the provider may know of it. */
  resumed: boolean;
}

/**
 * From cart to order in three phases, each whole or not at all:
 * 1. one transaction reserves the stock and saves order and payment as intents;
 * 2. the provider is asked, outside any transaction;
 * 3. one transaction saves the answer, and the order is placed or given up.
 * Whatever dies in between is finished by a retry with the same Idempotency-Key, by the provider's webhook, or by the
 * payments sweep, whichever comes first; the others then find nothing left to do.
 */
@Injectable()
export class CheckoutService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly drafting: Drafting,
    private readonly buyers: Buyers,
    private readonly store: OrderStore,
    private readonly money: Payments,
    private readonly stock: Stock,
    private readonly settling: Settling,
    private readonly idempotency: IdempotencyService,
  ) {}

  /** @throws the refusals of {@link Drafting}, OutOfStock, PaymentDeclined, PaymentOutcomeUnknown */
  async checkout(purchase: Purchase, choice: PaymentChoice, caller: Caller): Promise<Placed> {
    const begun = await this.begin(purchase, choice, caller);
    faultPoint('checkout.begun');
    try {
      return await this.finish(begun, choice);
    } catch (error) {
      // What was answered stays so. What was not may be finished by the next attempt at once.
      await this.idempotency.release().catch(() => {});
      throw error;
    }
  }

  private async finish(begun: Attempt, { token }: PaymentChoice): Promise<Placed> {
    const { payment, resumed } = begun;
    if (payment?.status !== 'processing') return this.conclude(begun, undefined);
    const outcome = await this.money.perform(payment, { token, resume: resumed });
    faultPoint('checkout.answered');
    const placed = await this.conclude(begun, outcome);
    faultPoint('checkout.settled');
    return placed;
  }

  private begin(purchase: Purchase, { provider }: PaymentChoice, caller: Caller): Promise<Attempt> {
    return this.database.transaction(async () => {
      const fresh = newId();
      const claim = () => this.idempotency.claim(fresh);
      const draft = () => attempt(this.drafting.draft(fresh, purchase, caller));
      // A cart is locked only by a request that is new: one that was answered must not wait for it, and one that died
      // goes on from the order, whose lock comes before the cart's everywhere.
      const [id, drafted] =
        'cartId' in purchase ? [await claim(), undefined] : await this.database.together([claim, draft]);
      if (id !== fresh) return this.resume(id);
      // Accounts before carts, here and where they are erased.
      const held = drafted ? null : caller.userId;
      const [, made] = drafted ? [undefined, drafted] : await this.database.together([() => this.hold(held), draft]);
      const { order, lines, heldAs } = made();
      this.money.demandProvider(provider);
      const amount = { amount: order.total, currency: order.currency };
      // The stock comes last: others who want the same wait for no longer than the commit takes.
      const [, payment] = await this.database.together([
        // Whoever has their account erased meanwhile gets no order: nobody would be left to send it to.
        async () => (order.userId === held ? undefined : this.hold(order.userId)),
        async () => (order.total === 0 ? null : this.money.begin({ reference: order.id, provider, amount })),
        () => this.store.insert(order, lines),
        () => this.stock.reserve(order.id, lines, heldAs),
      ]);
      if (!payment) await this.settling.announce(order, lines);
      await this.buyers.note(order, caller);
      faultPoint('checkout.beginning');
      return { order, lines, payment, resumed: false };
    });
  }

  private async hold(userId: string | null): Promise<void> {
    if (userId !== null) await this.users.hold(userId);
  }

  private async resume(orderId: string): Promise<Attempt> {
    const order = await this.store.lock(orderId);
    // Claim and order are saved together: one without the other cannot be.
    if (!order) throw new Error(`Order ${orderId} is missing.`);
    const lines = (await this.store.linesOf([orderId])).get(orderId) ?? [];
    const last = (await this.money.latestFor([orderId])).get(orderId);
    const payment = last ? await this.money.takeOver(last.id) : null;
    return { order, lines, payment, resumed: true };
  }

  /** Phase three: what the provider said, what follows for the order, and the answer to keep, all at once. */
  private async conclude({ order, lines, payment }: Attempt, outcome: ProviderOutcome | undefined): Promise<Placed> {
    const concluded = await this.database.transaction(async (): Promise<Placed | Refusal> => {
      // First the order, then its payment, as everybody does who needs both.
      const [, settled] = await this.database.together([
        () => this.store.hold(order.id),
        () => this.settled(payment, outcome),
      ]);
      const final = settled ? await this.settling.settle(order, settled, lines) : order;
      faultPoint('checkout.settling');
      const refusal = settled && refusalOf(final, settled);
      if (refusal) {
        this.idempotency.refuse(refusal);
        return refusal;
      }
      const body = OrderResponse.of(final, lines, settled ? [settled] : []);
      const status = final.status === 'pending' ? 202 : 201;
      this.idempotency.complete(status, body, { location: `/v1/orders/${final.id}` });
      return { status, order: body };
    });
    if (concluded instanceof Error) throw concluded;
    return concluded;
  }

  /** The payment with what the provider just said of it; without, as it is by now. */
  private async settled(payment: Payment | null, outcome: ProviderOutcome | undefined): Promise<Payment | null> {
    if (!payment) return null;
    if (outcome) return (await this.money.settle(payment.id, outcome)).payment;
    return (await this.money.latestFor([payment.reference])).get(payment.reference) ?? payment;
  }
}

/** What came of it, to be looked at later: the value, or the error thrown then. */
async function attempt<T>(work: Promise<T>): Promise<() => T> {
  const [answer] = await Promise.allSettled([work]);
  return () => {
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value;
  };
}

function refusalOf(order: Order, { status, failureCode, failureMessage }: Payment): Refusal | undefined {
  if (order.status !== 'cancelled') return undefined;
  if (status === 'declined')
    return new PaymentDeclined(failureCode ?? 'declined', failureMessage ?? 'The payment was declined.');
  return status === 'failed'
    ? new PaymentNotTaken(failureCode ?? 'failed', failureMessage ?? 'The payment was not made. Nothing was charged.')
    : new PaymentNotTaken('order_cancelled', 'The order was cancelled meanwhile; what was taken goes back.');
}
