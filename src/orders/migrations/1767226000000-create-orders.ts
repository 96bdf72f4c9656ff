import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateOrders1767226000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA orders;

      -- Domains rather than CHECKs of the tables: a session reads them once, not with each statement.
      CREATE DOMAIN orders.cart_status AS text
        CONSTRAINT ck_cart_status CHECK (VALUE IN ('open', 'ordered', 'merged'));
      CREATE DOMAIN orders.order_status AS text
        CONSTRAINT ck_order_status CHECK (VALUE IN ('pending', 'placed', 'completed', 'cancelled'));
      CREATE DOMAIN orders.payment_status AS text
        CONSTRAINT ck_payment_status CHECK (VALUE IN
          ('pending', 'requires_action', 'authorized', 'paid', 'partially_refunded', 'refunded', 'voided', 'failed'));
      CREATE DOMAIN orders.fulfillment_status AS text
        CONSTRAINT ck_fulfillment_status CHECK (VALUE IN
          ('unfulfilled', 'partially_fulfilled', 'fulfilled', 'returned'));

      CREATE TABLE orders.carts (
        id uuid NOT NULL CONSTRAINT pk_carts PRIMARY KEY,
        user_id uuid,
        status orders.cart_status NOT NULL DEFAULT 'open',
        merged_into uuid CONSTRAINT fk_carts_merged_into REFERENCES orders.carts,
        currency text NOT NULL,
        email text,
        shipping_address jsonb,
        billing_address jsonb,
        shipping_method text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_carts_merged CHECK ((status = 'merged') = (merged_into IS NOT NULL))
      );
      CREATE INDEX ix_carts_user ON orders.carts (user_id, id DESC) WHERE status = 'open' AND user_id IS NOT NULL;

      -- One line for each variant: two lines can never be counted against stock apart from each other.
      CREATE TABLE orders.cart_items (
        cart_id uuid NOT NULL CONSTRAINT fk_cart_items_cart REFERENCES orders.carts ON DELETE CASCADE,
        variant_id uuid NOT NULL,
        quantity integer NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_cart_items PRIMARY KEY (cart_id, variant_id),
        CONSTRAINT ck_cart_items_quantity CHECK (quantity BETWEEN 1 AND 999)
      );

      CREATE SEQUENCE orders.order_numbers START 100001;

      CREATE TABLE orders.orders (
        id uuid NOT NULL CONSTRAINT pk_orders PRIMARY KEY,
        number text NOT NULL DEFAULT 'G-' || nextval('orders.order_numbers') CONSTRAINT uq_orders_number UNIQUE,
        cart_id uuid,
        user_id uuid,
        status orders.order_status NOT NULL,
        payment_status orders.payment_status NOT NULL,
        fulfillment_status orders.fulfillment_status NOT NULL DEFAULT 'unfulfilled',
        email text NOT NULL,
        currency text NOT NULL,
        subtotal bigint NOT NULL,
        discount bigint NOT NULL DEFAULT 0,
        shipping bigint NOT NULL,
        tax bigint NOT NULL,
        tax_rate text NOT NULL,
        tax_included boolean NOT NULL,
        total bigint NOT NULL,
        shipping_method text NOT NULL,
        shipping_address jsonb NOT NULL,
        billing_address jsonb NOT NULL,
        placed_at timestamptz,
        cancelled_at timestamptz,
        cancellation_reason text,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_orders_amounts CHECK (subtotal >= 0 AND discount >= 0 AND shipping >= 0 AND tax >= 0),
        CONSTRAINT ck_orders_total CHECK (total = subtotal - discount + shipping + CASE WHEN tax_included THEN 0 ELSE tax END),
        CONSTRAINT ck_orders_placed CHECK (status NOT IN ('placed', 'completed') OR placed_at IS NOT NULL),
        CONSTRAINT ck_orders_cancelled CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL))
      );
      -- A cart becomes one order. One that failed or was called off leaves the cart free for another try.
      CREATE UNIQUE INDEX uq_orders_cart ON orders.orders (cart_id) WHERE status <> 'cancelled';
      CREATE INDEX ix_orders_user ON orders.orders (user_id, id DESC);
      CREATE INDEX ix_orders_status ON orders.orders (status, id DESC);
      CREATE INDEX ix_orders_email ON orders.orders (lower(email), id DESC);

      CREATE TABLE orders.order_lines (
        id uuid NOT NULL CONSTRAINT pk_order_lines PRIMARY KEY,
        order_id uuid NOT NULL CONSTRAINT fk_order_lines_order REFERENCES orders.orders,
        position integer NOT NULL,
        variant_id uuid NOT NULL,
        product_id uuid NOT NULL,
        sku text NOT NULL,
        name text NOT NULL,
        variant_title text NOT NULL,
        thumbnail text,
        quantity integer NOT NULL,
        unit_amount bigint NOT NULL,
        subtotal bigint NOT NULL,
        tax bigint NOT NULL,
        total bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT uq_order_lines_position UNIQUE (order_id, position),
        CONSTRAINT ck_order_lines_quantity CHECK (quantity > 0),
        CONSTRAINT ck_order_lines_amounts CHECK (unit_amount >= 0 AND subtotal = unit_amount * quantity AND tax >= 0 AND total >= subtotal)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA orders CASCADE');
  }
}
