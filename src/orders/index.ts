/** Orders: what a shopper bought, from cart to delivery. Takes stock from catalog and money through payments. */
export { OrderCancelled, OrderPlaced } from './orders.events.js';
export { OrdersModule } from './orders.module.js';
export { OrdersService } from './orders.service.js';
