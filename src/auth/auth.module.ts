import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { Permissions, PlatformModule, settings } from '../platform/index.js';
import { AccessGuard } from './access.guard.js';
import { AccountMailJobs } from './account-mail/account-mail.jobs.js';
import { AccountMail } from './account-mail/account-mail.js';
import { AccountMailListener } from './account-mail/account-mail.listener.js';
import { AccountMailSettings } from './account-mail/account-mail.settings.js';
import { MailLimits } from './account-mail/mail-limits.js';
import { MailedTokens } from './account-mail/mailed-tokens.js';
import { ApiKeyCallers } from './api-keys/api-key-callers.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { OwnLimits } from './api-keys/own-limits.service.js';
import { AuditChain } from './audit/audit-chain.js';
import { AuditLogController } from './audit/audit-log.controller.js';
import { AuditLog } from './audit/audit-log.js';
import { AuditVerifyCommand } from './audit/audit-verify.command.js';
import { AuthSettings } from './auth.settings.js';
import { DeclaredAccess } from './declared-access.js';
import { EmailChangeController } from './email-change/email-change.controller.js';
import { EmailChangeJobs } from './email-change/email-change.jobs.js';
import { EmailChangeService } from './email-change/email-change.service.js';
import { EmailVerificationController } from './email-verification/email-verification.controller.js';
import { EmailVerificationService } from './email-verification/email-verification.service.js';
import { CodeAttempts } from './factors/code-attempts.service.js';
import { CodeProofs } from './factors/code-proofs.service.js';
import { FactorChanges } from './factors/factor-changes.service.js';
import { FactorRemoval } from './factors/factor-removal.service.js';
import { FactorsController } from './factors/factors.controller.js';
import { FactorsJobs } from './factors/factors.jobs.js';
import { FactorsService } from './factors/factors.service.js';
import { FactorsSettings } from './factors/factors.settings.js';
import { MfaSignInsController } from './factors/mfa-sign-ins.controller.js';
import { MfaSignIns } from './factors/mfa-sign-ins.service.js';
import { PendingSignIns } from './factors/pending-sign-ins.service.js';
import { RecoveryCodes } from './factors/recovery-codes.service.js';
import { TotpService } from './factors/totp.service.js';
import { UserFactorsController } from './factors/user-factors.controller.js';
import { JwtStrategy } from './jwt.strategy.js';
import { JwksController } from './keys/jwks.controller.js';
import { KeyRotation } from './keys/key-rotation.service.js';
import { KeysJobs } from './keys/keys.jobs.js';
import { KeysSettings } from './keys/keys.settings.js';
import { KeysRotateCommand } from './keys/keys-rotate.command.js';
import { PrivateHalves } from './keys/private-halves.js';
import { SigningKeys } from './keys/signing-keys.js';
import { ExternalSignIns } from './oidc/external-sign-ins.service.js';
import { ExternalStepUpsController } from './oidc/external-step-ups.controller.js';
import { ExternalStepUps } from './oidc/external-step-ups.service.js';
import { IdentitiesController } from './oidc/identities.controller.js';
import { IdentitiesService } from './oidc/identities.service.js';
import { Landing } from './oidc/landing.js';
import { Linking } from './oidc/linking.service.js';
import { OidcController } from './oidc/oidc.controller.js';
import { OidcJobs } from './oidc/oidc.jobs.js';
import { OidcSettings } from './oidc/oidc.settings.js';
import { OidcFlows } from './oidc/oidc-flows.service.js';
import { OidcProviders } from './oidc/oidc-providers.service.js';
import { WaysToSignIn } from './oidc/ways-to-sign-in.service.js';
import { PasskeyChallenges } from './passkeys/passkey-challenges.service.js';
import { PasskeyOptions } from './passkeys/passkey-options.service.js';
import { PasskeyProofs } from './passkeys/passkey-proofs.service.js';
import { PasskeySecondFactor } from './passkeys/passkey-second-factor.service.js';
import { PasskeySignInsController } from './passkeys/passkey-sign-ins.controller.js';
import { PasskeySignIns } from './passkeys/passkey-sign-ins.service.js';
import { PasskeysController } from './passkeys/passkeys.controller.js';
import { PasskeysService } from './passkeys/passkeys.service.js';
import { PasskeysSettings } from './passkeys/passkeys.settings.js';
import { RelyingParty } from './passkeys/relying-party.js';
import { PasswordHashes } from './passwords/password-hashes.js';
import { PasswordProofs } from './passwords/password-proofs.service.js';
import { PasswordsController } from './passwords/passwords.controller.js';
import { PasswordsService } from './passwords/passwords.service.js';
import { Grants } from './roles/grants.js';
import { PermissionCatalogue } from './roles/permission-catalogue.js';
import { PermissionsController } from './roles/permissions.controller.js';
import { RolesController } from './roles/roles.controller.js';
import { RolesService } from './roles/roles.service.js';
import { OwnSessionsController } from './sessions/own-sessions.controller.js';
import { OwnSessionsService } from './sessions/own-sessions.service.js';
import { RefreshService } from './sessions/refresh.service.js';
import { Revocations } from './sessions/revocations.service.js';
import { RevokedSessions } from './sessions/revoked-sessions.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { SessionsJobs } from './sessions/sessions.jobs.js';
import { SessionsService } from './sessions/sessions.service.js';
import { SignIns } from './sessions/sign-ins.service.js';
import { Tokens } from './sessions/tokens.js';
import { UserSessionsController } from './sessions/user-sessions.controller.js';
import { UserSessionsService } from './sessions/user-sessions.service.js';
import { StepUpController } from './step-up/step-up.controller.js';
import { StepUpService } from './step-up/step-up.service.js';
import { AttemptsJobs } from './throttling/attempts.jobs.js';
import { AttemptsService } from './throttling/attempts.service.js';
import { AttemptsSettings } from './throttling/attempts.settings.js';
import { AccountRecovery } from './users/account-recovery.service.js';
import { CreateUserCommand } from './users/create-user.command.js';
import { FirstAdministrator } from './users/first-administrator.js';
import { AuthPersonalData } from './users/personal-data.js';
import { RecoverUserCommand } from './users/recover-user.command.js';
import { UserAdministration } from './users/user-administration.service.js';
import { UsersController } from './users/users.controller.js';
import { UsersService } from './users/users.service.js';
import { VerifiedTokens } from './verified-tokens.js';

@Permissions({
  'api-keys:read': 'See API keys, without their secrets.',
  'api-keys:write': 'Make, change, renew and revoke API keys.',
  'audit:read': 'Read the record of what was done to accounts, permissions and money.',
  'roles:read': 'See roles and what each permission is for.',
  'roles:write': 'Make, change and delete roles.',
  'users:read': 'See all accounts, with their roles.',
  'users:write': 'Rename accounts, give and take roles, end sessions, and remove second factors that were lost.',
})
@Module({
  imports: [PlatformModule, PassportModule],
  controllers: [
    SessionsController,
    OwnSessionsController,
    MfaSignInsController,
    FactorsController,
    PasskeysController,
    PasskeySignInsController,
    OidcController,
    IdentitiesController,
    ExternalStepUpsController,
    StepUpController,
    PasswordsController,
    EmailVerificationController,
    EmailChangeController,
    JwksController,
    ApiKeysController,
    PermissionsController,
    RolesController,
    UsersController,
    UserFactorsController,
    UserSessionsController,
    AuditLogController,
  ],
  providers: [
    settings(AuthSettings),
    settings(AttemptsSettings),
    { provide: APP_GUARD, useClass: AccessGuard },
    DeclaredAccess,
    JwtStrategy,
    VerifiedTokens,
    settings(KeysSettings),
    PrivateHalves,
    SigningKeys,
    KeyRotation,
    KeysJobs,
    KeysRotateCommand,
    Tokens,
    PasswordHashes,
    UsersService,
    SignIns,
    SessionsService,
    StepUpService,
    RefreshService,
    OwnSessionsService,
    UserSessionsService,
    Revocations,
    RevokedSessions,
    SessionsJobs,
    AttemptsService,
    AttemptsJobs,
    FirstAdministrator,
    CreateUserCommand,
    AccountRecovery,
    RecoverUserCommand,
    ApiKeyCallers,
    ApiKeysService,
    OwnLimits,
    AuditChain,
    AuditLog,
    AuditVerifyCommand,
    Grants,
    PermissionCatalogue,
    RolesService,
    UserAdministration,
    AuthPersonalData,
    settings(AccountMailSettings),
    MailLimits,
    MailedTokens,
    AccountMail,
    AccountMailJobs,
    AccountMailListener,
    PasswordProofs,
    PasswordsService,
    EmailVerificationService,
    EmailChangeService,
    EmailChangeJobs,
    settings(FactorsSettings),
    PendingSignIns,
    CodeAttempts,
    CodeProofs,
    RecoveryCodes,
    FactorChanges,
    FactorsService,
    FactorRemoval,
    TotpService,
    MfaSignIns,
    FactorsJobs,
    settings(PasskeysSettings),
    RelyingParty,
    PasskeyChallenges,
    PasskeyOptions,
    PasskeyProofs,
    PasskeysService,
    PasskeySignIns,
    PasskeySecondFactor,
    settings(OidcSettings),
    OidcProviders,
    Landing,
    OidcFlows,
    IdentitiesService,
    ExternalSignIns,
    ExternalStepUps,
    WaysToSignIn,
    Linking,
    OidcJobs,
  ],
  exports: [AccountMail, AuditLog, UsersService, FirstAdministrator],
})
export class AuthModule {}
