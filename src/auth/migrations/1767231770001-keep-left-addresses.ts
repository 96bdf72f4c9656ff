import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What names an address is found with the account that had it, also after the account has another. */
export class KeepLeftAddresses1767231770001 implements MigrationInterface {
  name = 'KeepLeftAddresses1767231770001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE auth.left_addresses (
        user_id uuid NOT NULL CONSTRAINT fk_left_addresses_user REFERENCES auth.users ON DELETE CASCADE,
        email text NOT NULL,
        left_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_left_addresses PRIMARY KEY (user_id, email)
      );
      CREATE INDEX ix_left_addresses_email ON auth.left_addresses (email);
      COMMENT ON TABLE auth.left_addresses IS 'Addresses that accounts have shown to be theirs, and had until then.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE auth.left_addresses');
  }
}
