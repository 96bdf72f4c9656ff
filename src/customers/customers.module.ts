import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/index.js';
import { PlatformModule } from '../platform/index.js';
import { AddressesController } from './addresses/addresses.controller.js';
import { AddressesService } from './addresses/addresses.service.js';
import { Customers } from './customers.service.js';
import { PreferencesController } from './preferences/preferences.controller.js';
import { PreferencesService } from './preferences/preferences.service.js';
import { ProfileController } from './profile.controller.js';
import { ProfileService } from './profile.service.js';

@Module({
  imports: [PlatformModule, AuthModule],
  controllers: [ProfileController, AddressesController, PreferencesController],
  providers: [ProfileService, Customers, AddressesService, PreferencesService],
})
export class CustomersModule {}
