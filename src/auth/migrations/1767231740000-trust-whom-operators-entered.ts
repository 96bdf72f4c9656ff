import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Accounts that an operator made with roles were never asked to verify their address, so all their second factors counted as
 * set up by a stranger, and went when the password was reset by mail. The audit log knows who was made with roles.
 */
export class TrustWhomOperatorsEntered1767231740000 implements MigrationInterface {
  name = 'TrustWhomOperatorsEntered1767231740000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      WITH entered AS (
        UPDATE auth.users SET email_verified_at = created_at, version = version + 1, updated_at = now()
        WHERE email_verified_at IS NULL AND id IN (
          SELECT object_id::uuid FROM auth.audit_log
          WHERE action = 'user.registered' AND object_type = 'user' AND actor_kind = 'system'
            AND after -> 'roles' -> 0 IS NOT NULL)
        RETURNING id
      ), keys AS (
        UPDATE auth.passkeys f SET before_verified = false FROM entered WHERE f.user_id = entered.id
      ), apps AS (
        UPDATE auth.totp_factors f SET before_verified = false FROM entered WHERE f.user_id = entered.id
      )
      UPDATE auth.recovery_codes f SET before_verified = false FROM entered WHERE f.user_id = entered.id
    `);
  }

  // What was verified is not forgotten.
  async down(): Promise<void> {}
}
