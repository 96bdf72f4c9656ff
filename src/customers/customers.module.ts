import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/index.js';
import { PlatformModule } from '../platform/index.js';
import { ProfileController } from './profile.controller.js';
import { ProfileService } from './profile.service.js';

@Module({
  imports: [PlatformModule, AuthModule],
  controllers: [ProfileController],
  providers: [ProfileService],
})
export class CustomersModule {}
