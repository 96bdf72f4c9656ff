import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pictures that were uploaded, beside those that are elsewhere (`products.media`). */
export class CreateMedia1767231000000 implements MigrationInterface {
  name = 'CreateMedia1767231000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE catalog.media (
        id uuid NOT NULL CONSTRAINT pk_media PRIMARY KEY,
        product_id uuid NOT NULL,
        position integer NOT NULL,
        alt text,
        status text NOT NULL DEFAULT 'processing',
        -- Why it failed.
        error text,
        -- Of the file as it was sent, upright.
        type text NOT NULL,
        bytes integer NOT NULL,
        hash text NOT NULL,
        width integer NOT NULL,
        height integer NOT NULL,
        -- Names of the files for pages that ask for one only: the largest, and one for lists.
        file text,
        thumbnail text,
        sources jsonb NOT NULL DEFAULT '[]',
        -- How often its sizes were begun to be made, and until when somebody is at it.
        attempts integer NOT NULL DEFAULT 0,
        lease_until timestamptz(3) NOT NULL DEFAULT now(),
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT fk_media_product FOREIGN KEY (product_id) REFERENCES catalog.products (id) ON DELETE CASCADE,
        -- Looked at when a statement ends: one that moves several may pass through what was taken.
        CONSTRAINT uq_media_position UNIQUE (product_id, position) DEFERRABLE,
        CONSTRAINT ck_media_position CHECK (position BETWEEN 0 AND 49),
        CONSTRAINT ck_media_status CHECK (status IN ('processing', 'ready', 'failed')),
        CONSTRAINT ck_media_ready CHECK (status <> 'ready' OR (file IS NOT NULL AND thumbnail IS NOT NULL)),
        CONSTRAINT ck_media_sources CHECK (jsonb_typeof(sources) = 'array'),
        CONSTRAINT ck_media_size CHECK (bytes > 0 AND width > 0 AND height > 0)
      );
      CREATE INDEX ix_media_processing ON catalog.media (lease_until) WHERE status = 'processing';

      -- The first of them that is ready, as lists show it: folder and file.
      ALTER TABLE catalog.products ADD COLUMN picture text;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE catalog.products DROP COLUMN picture;
      DROP TABLE catalog.media;
    `);
  }
}
