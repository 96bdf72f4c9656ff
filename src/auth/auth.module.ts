import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { PlatformModule, settings } from '../platform/index.js';
import { AccessGuard } from './access.guard.js';
import { AuthSettings } from './auth.settings.js';
import { DeclaredAccess } from './declared-access.js';
import { JwtStrategy } from './jwt.strategy.js';
import { JwksController } from './keys/jwks.controller.js';
import { SigningKeys } from './keys/signing-keys.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { SessionsService } from './sessions/sessions.service.js';
import { Tokens } from './sessions/tokens.js';
import { CreateUserCommand } from './users/create-user.command.js';
import { FirstAdministrator } from './users/first-administrator.js';
import { Passwords } from './users/passwords.js';
import { UsersService } from './users/users.service.js';

@Module({
  imports: [PlatformModule, PassportModule],
  controllers: [SessionsController, JwksController],
  providers: [
    settings(AuthSettings),
    { provide: APP_GUARD, useClass: AccessGuard },
    DeclaredAccess,
    JwtStrategy,
    SigningKeys,
    Tokens,
    Passwords,
    UsersService,
    SessionsService,
    FirstAdministrator,
    CreateUserCommand,
  ],
  exports: [UsersService, FirstAdministrator],
})
export class AuthModule {}
