/** Customers: the shopper's own data. */
export { Address, AddressResponse } from './addresses/address.dto.js';
export { OrdersOnTheirWay } from './customers.errors.js';
export { CustomersModule } from './customers.module.js';
export { CustomerGroups } from './groups/customer-groups.service.js';
export { type Purchase, Purchases } from './purchases.service.js';
