import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { PlatformModule, settings } from '../platform/index.js';
import { AccessGuard } from './access.guard.js';
import { AccountMailJobs } from './account-mail/account-mail.jobs.js';
import { AccountMail } from './account-mail/account-mail.js';
import { AccountMailListener } from './account-mail/account-mail.listener.js';
import { AccountMailSettings } from './account-mail/account-mail.settings.js';
import { MailedTokens } from './account-mail/mailed-tokens.js';
import { AuthSettings } from './auth.settings.js';
import { DeclaredAccess } from './declared-access.js';
import { EmailVerificationController } from './email-verification/email-verification.controller.js';
import { EmailVerificationService } from './email-verification/email-verification.service.js';
import { JwtStrategy } from './jwt.strategy.js';
import { JwksController } from './keys/jwks.controller.js';
import { SigningKeys } from './keys/signing-keys.js';
import { PasswordHashes } from './passwords/password-hashes.js';
import { PasswordsController } from './passwords/passwords.controller.js';
import { PasswordsService } from './passwords/passwords.service.js';
import { OwnSessionsController } from './sessions/own-sessions.controller.js';
import { OwnSessionsService } from './sessions/own-sessions.service.js';
import { RefreshService } from './sessions/refresh.service.js';
import { Revocations } from './sessions/revocations.service.js';
import { RevokedSessions } from './sessions/revoked-sessions.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { SessionsJobs } from './sessions/sessions.jobs.js';
import { SessionsService } from './sessions/sessions.service.js';
import { Tokens } from './sessions/tokens.js';
import { AttemptsJobs } from './throttling/attempts.jobs.js';
import { AttemptsService } from './throttling/attempts.service.js';
import { AttemptsSettings } from './throttling/attempts.settings.js';
import { CreateUserCommand } from './users/create-user.command.js';
import { FirstAdministrator } from './users/first-administrator.js';
import { UsersService } from './users/users.service.js';

@Module({
  imports: [PlatformModule, PassportModule],
  controllers: [
    SessionsController,
    OwnSessionsController,
    PasswordsController,
    EmailVerificationController,
    JwksController,
  ],
  providers: [
    settings(AuthSettings),
    settings(AttemptsSettings),
    { provide: APP_GUARD, useClass: AccessGuard },
    DeclaredAccess,
    JwtStrategy,
    SigningKeys,
    Tokens,
    PasswordHashes,
    UsersService,
    SessionsService,
    RefreshService,
    OwnSessionsService,
    Revocations,
    RevokedSessions,
    SessionsJobs,
    AttemptsService,
    AttemptsJobs,
    FirstAdministrator,
    CreateUserCommand,
    settings(AccountMailSettings),
    MailedTokens,
    AccountMail,
    AccountMailJobs,
    AccountMailListener,
    PasswordsService,
    EmailVerificationService,
  ],
  exports: [UsersService, FirstAdministrator],
})
export class AuthModule {}
