/** Customers: the shopper's own data. */
export { Address, AddressResponse } from './addresses/address.dto.js';
export { CustomersModule } from './customers.module.js';
