/** Auth: who you are and what you may do. Accounts, sessions, roles, API keys, the audit log; decides on every request. */
export { AccountMail } from './account-mail/account-mail.js';
export { AuditLog, SYSTEM } from './audit/audit-log.js';
export { LastAdministrator } from './auth.errors.js';
export {
  AccountTakenOver,
  EmailChanged,
  EmailVerified,
  PasswordChanged,
  UserRegistered,
  UserRenamed,
} from './auth.events.js';
export { AuthModule } from './auth.module.js';
export type { Account } from './users/account.sql.js';
export { normaliseEmail, withDnsDomain } from './users/email-address.js';
export { FirstAdministrator } from './users/first-administrator.js';
export { UsersService } from './users/users.service.js';
