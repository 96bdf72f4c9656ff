import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/index.js';
import { CatalogModule } from '../catalog/index.js';
import { CustomersModule } from '../customers/index.js';
import { PaymentsModule } from '../payments/index.js';
import { Permissions, PlatformModule, settings } from '../platform/index.js';
import { CancellationsController } from './cancellations.controller.js';
import { CartStore } from './carts/cart-store.js';
import { CartsController } from './carts/carts.controller.js';
import { CartsService } from './carts/carts.service.js';
import { OwnCartController } from './carts/own-cart.controller.js';
import { ReservationsController } from './carts/reservations.controller.js';
import { Reservations } from './carts/reservations.service.js';
import { Buyers } from './checkout/buyers.service.js';
import { CheckoutController } from './checkout/checkout.controller.js';
import { CheckoutService } from './checkout/checkout.service.js';
import { Drafting } from './checkout/drafting.service.js';
import { GroupsForPrices } from './checkout/groups-for-prices.js';
import { Pricing } from './checkout/pricing.service.js';
import { CustomersOrdersListener } from './customers.listener.js';
import { EarlierOrders } from './earlier-orders.jobs.js';
import { OrderStore } from './order-store.js';
import { OrdersController } from './orders.controller.js';
import { OrdersListener } from './orders.listener.js';
import { OrdersService } from './orders.service.js';
import { OrdersSettings } from './orders.settings.js';
import { OrdersPersonalData } from './personal-data.js';
import { Settling } from './settling.service.js';

@Permissions({
  'orders:read': 'See the orders of all shoppers.',
  'orders:cancel': 'Cancel any order that has not been shipped.',
})
@Module({
  imports: [PlatformModule, AuthModule, CatalogModule, CustomersModule, PaymentsModule],
  controllers: [
    CartsController,
    OwnCartController,
    ReservationsController,
    CheckoutController,
    OrdersController,
    CancellationsController,
  ],
  providers: [
    settings(OrdersSettings),
    CartStore,
    CartsService,
    Reservations,
    Buyers,
    Pricing,
    GroupsForPrices,
    Drafting,
    CheckoutService,
    OrderStore,
    Settling,
    OrdersService,
    OrdersListener,
    CustomersOrdersListener,
    EarlierOrders,
    OrdersPersonalData,
  ],
  exports: [OrdersService],
})
export class OrdersModule {}
