import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ProveAnew1767230600001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE auth.oidc_flows DROP CONSTRAINT ck_oidc_flows_purpose,
        ADD CONSTRAINT ck_oidc_flows_purpose CHECK (purpose IN ('sign_in', 'link', 'step_up'));

      -- Set up while nobody had shown that the account's address is theirs: perhaps by somebody else than its owner.
      ALTER TABLE auth.passkeys ADD COLUMN before_verified boolean NOT NULL DEFAULT false;
      ALTER TABLE auth.totp_factors ADD COLUMN before_verified boolean NOT NULL DEFAULT false;
      ALTER TABLE auth.recovery_codes ADD COLUMN before_verified boolean NOT NULL DEFAULT false;
      UPDATE auth.passkeys f SET before_verified = true
        FROM auth.users u WHERE u.id = f.user_id AND u.email_verified_at IS NULL;
      UPDATE auth.totp_factors f SET before_verified = true
        FROM auth.users u WHERE u.id = f.user_id AND u.email_verified_at IS NULL;
      UPDATE auth.recovery_codes f SET before_verified = true
        FROM auth.users u WHERE u.id = f.user_id AND u.email_verified_at IS NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE auth.passkeys DROP COLUMN before_verified;
      ALTER TABLE auth.totp_factors DROP COLUMN before_verified;
      ALTER TABLE auth.recovery_codes DROP COLUMN before_verified;
      DELETE FROM auth.oidc_flows WHERE purpose = 'step_up';
      ALTER TABLE auth.oidc_flows DROP CONSTRAINT ck_oidc_flows_purpose,
        ADD CONSTRAINT ck_oidc_flows_purpose CHECK (purpose IN ('sign_in', 'link'));
    `);
  }
}
