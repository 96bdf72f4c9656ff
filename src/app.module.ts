import { Module } from '@nestjs/common';
import { AuthModule } from './auth/index.js';
import { CatalogModule } from './catalog/index.js';
import { CustomersModule } from './customers/index.js';
import { OrdersModule } from './orders/index.js';
import { PaymentsModule } from './payments/index.js';
import { PlatformModule } from './platform/index.js';

/** The modules of this Galley, one line each. */
@Module({
  imports: [PlatformModule, AuthModule, CustomersModule, CatalogModule, PaymentsModule, OrdersModule],
})
export class AppModule {}
