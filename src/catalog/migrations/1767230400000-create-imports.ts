import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateImports1767230400000 implements MigrationInterface {
  name = 'CreateImports1767230400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- What another system calls a product.
      ALTER TABLE catalog.products ADD COLUMN external_id text,
        ADD CONSTRAINT ck_products_external_id CHECK (length(external_id) BETWEEN 1 AND 200);
      CREATE UNIQUE INDEX uq_products_external_id ON catalog.products (external_id) WHERE external_id IS NOT NULL;

      CREATE TABLE catalog.imports (
        id uuid NOT NULL CONSTRAINT pk_imports PRIMARY KEY,
        format text NOT NULL,
        dry_run boolean NOT NULL DEFAULT false,
        -- Which column of the file stands for which of ours.
        columns jsonb NOT NULL DEFAULT '{}',
        status text NOT NULL DEFAULT 'uploading',
        bytes bigint NOT NULL DEFAULT 0,
        bytes_read bigint NOT NULL DEFAULT 0,
        -- Entries of the file that have been dealt with: moves in the transaction that takes them.
        entries integer NOT NULL DEFAULT 0,
        refused integer NOT NULL DEFAULT 0,
        report jsonb NOT NULL DEFAULT '{}',
        error text,
        -- Starts since the last entry that was dealt with.
        attempts integer NOT NULL DEFAULT 0,
        created_by uuid,
        started_at timestamptz(3),
        finished_at timestamptz(3),
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT ck_imports_format CHECK (format IN ('csv', 'ndjson')),
        CONSTRAINT ck_imports_status
          CHECK (status IN ('uploading', 'queued', 'running', 'completed', 'failed', 'cancelled'))
      );
      CREATE INDEX ix_imports_open ON catalog.imports (updated_at) WHERE status IN ('uploading', 'queued', 'running');

      -- The file, in parts, for as long as it may be needed.
      CREATE TABLE catalog.import_parts (
        import_id uuid NOT NULL,
        number integer NOT NULL,
        bytes bytea NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT pk_import_parts PRIMARY KEY (import_id, number),
        CONSTRAINT fk_import_parts_import FOREIGN KEY (import_id) REFERENCES catalog.imports (id) ON DELETE CASCADE
      );

      CREATE TABLE catalog.import_refusals (
        import_id uuid NOT NULL,
        number integer NOT NULL,
        line integer NOT NULL,
        column_name text NOT NULL,
        reason text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT pk_import_refusals PRIMARY KEY (import_id, number),
        CONSTRAINT fk_import_refusals_import FOREIGN KEY (import_id) REFERENCES catalog.imports (id) ON DELETE CASCADE
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE catalog.import_refusals, catalog.import_parts, catalog.imports;
      ALTER TABLE catalog.products DROP COLUMN external_id;
    `);
  }
}
