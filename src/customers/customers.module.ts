import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/index.js';
import { Permissions, PlatformModule } from '../platform/index.js';
import { AddressesController } from './addresses/addresses.controller.js';
import { AddressesService } from './addresses/addresses.service.js';
import { CustomerSearch } from './back-office/customer-search.service.js';
import { CustomersController } from './back-office/customers.controller.js';
import { CustomersListener } from './customers.listener.js';
import { Customers } from './customers.service.js';
import { ErasureController } from './erasure/erasure.controller.js';
import { Erasure } from './erasure/erasure.service.js';
import { CustomersPersonalData } from './erasure/personal-data.js';
import { ExportController } from './export/export.controller.js';
import { ExportService } from './export/export.service.js';
import { CustomerGroups } from './groups/customer-groups.service.js';
import { PreferencesController } from './preferences/preferences.controller.js';
import { PreferencesService } from './preferences/preferences.service.js';
import { ProfileController } from './profile.controller.js';
import { ProfileService } from './profile.service.js';
import { Purchases } from './purchases.service.js';

@Permissions({
  'customers:read': 'See customers, their addresses, and what they bought.',
  'customers:write': 'Say which groups customers belong to, and so what they pay.',
  'users:erase': 'Erase the accounts of customers who ask for it, for good.',
})
@Module({
  imports: [PlatformModule, AuthModule],
  controllers: [
    ProfileController,
    CustomersController,
    AddressesController,
    PreferencesController,
    ExportController,
    ErasureController,
  ],
  providers: [
    ProfileService,
    Customers,
    CustomerGroups,
    CustomersListener,
    Purchases,
    CustomerSearch,
    AddressesService,
    PreferencesService,
    ExportService,
    Erasure,
    CustomersPersonalData,
  ],
  exports: [Purchases, CustomerGroups],
})
export class CustomersModule {}
