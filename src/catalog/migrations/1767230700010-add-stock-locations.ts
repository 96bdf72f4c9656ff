import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Where goods lie. `main` has whatever is on hand and lies nowhere else: it needs no rows, and a release that knows of no
 * locations goes on changing what is on hand, and thereby what `main` has.
 */
export class AddStockLocations1767230700010 implements MigrationInterface {
  name = 'AddStockLocations1767230700010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(LOCATIONS);
    await runner.query(LEVELS);
    await runner.query(SUM);
    await runner.query(VERSION);
    await runner.query(KINDS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER tr_stock_version ON catalog.stock;
      DROP TRIGGER tr_stock_elsewhere ON catalog.stock;
      DROP TABLE catalog.stock_levels, catalog.stock_locations;
      DROP FUNCTION catalog.next_stock_version, catalog.check_stock_levels;
      ALTER TABLE catalog.stock DROP COLUMN elsewhere, DROP COLUMN version;
    `);
  }
}

const LOCATIONS = `
  CREATE TABLE catalog.stock_locations (
    code text COLLATE "C" NOT NULL,
    -- For the order in which they were made.
    id uuid NOT NULL,
    name text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT pk_stock_locations PRIMARY KEY (code),
    CONSTRAINT uq_stock_locations_id UNIQUE (id),
    CONSTRAINT ck_stock_locations_code CHECK (code ~ '^[a-z][a-z0-9-]{0,39}$'),
    CONSTRAINT ck_stock_locations_main CHECK (active OR code <> 'main')
  );
  INSERT INTO catalog.stock_locations (code, id, name) VALUES ('main', '00000000-0000-7000-8000-000000000000', 'Main');
`;

/** Everything outside of main. All of it is changed under the lock on the row in catalog.stock. */
const LEVELS = `
  ALTER TABLE catalog.stock
    ADD COLUMN elsewhere integer NOT NULL DEFAULT 0,
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD CONSTRAINT ck_stock_elsewhere CHECK (elsewhere >= 0 AND (elsewhere <= on_hand OR backorderable));

  CREATE TABLE catalog.stock_levels (
    variant_id uuid NOT NULL,
    location text COLLATE "C" NOT NULL,
    on_hand integer NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT pk_stock_levels PRIMARY KEY (variant_id, location),
    CONSTRAINT fk_stock_levels_stock FOREIGN KEY (variant_id) REFERENCES catalog.stock (variant_id),
    CONSTRAINT fk_stock_levels_location FOREIGN KEY (location) REFERENCES catalog.stock_locations (code),
    CONSTRAINT ck_stock_levels_on_hand CHECK (on_hand >= 0),
    CONSTRAINT ck_stock_levels_not_main CHECK (location <> 'main')
  );
  CREATE INDEX ix_stock_levels_location ON catalog.stock_levels (location);
`;

/** At the commit, what lies elsewhere is the sum of what lies there. */
const SUM = `
  CREATE FUNCTION catalog.check_stock_levels() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    id uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.variant_id ELSE NEW.variant_id END;
  BEGIN
    IF (SELECT elsewhere FROM catalog.stock WHERE variant_id = id)
      <> (SELECT coalesce(sum(on_hand), 0) FROM catalog.stock_levels WHERE variant_id = id)
    THEN
      RAISE EXCEPTION 'The locations of % do not add up.', id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_stock_levels_sum';
    END IF;
    RETURN NULL;
  END
  $$;
  CREATE CONSTRAINT TRIGGER tr_stock_levels_sum AFTER INSERT OR UPDATE OR DELETE ON catalog.stock_levels
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog.check_stock_levels();
  CREATE CONSTRAINT TRIGGER tr_stock_elsewhere AFTER UPDATE OF elsewhere ON catalog.stock
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.elsewhere <> NEW.elsewhere)
    EXECUTE FUNCTION catalog.check_stock_levels();
`;

/** Moves with each change of what is on hand, whoever makes it; not with sales, which take nothing off a shelf. */
const VERSION = `
  CREATE FUNCTION catalog.next_stock_version() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
  END
  $$;
  CREATE TRIGGER tr_stock_version BEFORE UPDATE ON catalog.stock FOR EACH ROW
    WHEN ((OLD.on_hand, OLD.elsewhere, OLD.backorderable) IS DISTINCT FROM (NEW.on_hand, NEW.elsewhere, NEW.backorderable))
    EXECUTE FUNCTION catalog.next_stock_version();
`;

/** Not validated: what is there kept to the stricter one, and the table may be long. */
const KINDS = `
  ALTER TABLE catalog.stock_movements
    DROP CONSTRAINT ck_stock_movements_kind,
    ADD CONSTRAINT ck_stock_movements_kind CHECK (kind IN ('opening', 'adjustment', 'count', 'import', 'reservation',
      'release', 'transfer_out', 'transfer_in', 'hold', 'hold_end')) NOT VALID;
`;
