import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { verify } from '@node-rs/argon2';
import pg from 'pg';
import { detail as detailSql } from '#src/catalog/products/detail.sql.js';
import type { ListFilter } from '#src/catalog/products/list-filters.js';
import { type CardRow, listQuery } from '#src/catalog/products/list-query.js';

/*
 * The least that could do the job: node:http, pg with prepared statements and Galley's own SQL; no framework, no
 * validation, no cache, no log, no idempotency. What Galley costs is measured against it.
 */

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10 });

const PICTURES = `'/v1/media/'`;

type Row = Record<string, unknown>;

const names = new Map<string, string>();
/** The same text is prepared once. */
function nameOf(sql: string): string {
  const name = names.get(sql) ?? createHash('sha1').update(sql).digest('hex').slice(0, 16);
  names.set(sql, name);
  return name;
}

async function list(filter: Partial<ListFilter>, after?: unknown[]): Promise<string> {
  const { sql, params } = listQuery(
    {
      ...{
        status: 'active',
        currency: 'EUR',
        priced: false,
        option: {},
        attribute: {},
        include: [],
        locales: [],
        pictures: PICTURES,
        languages: ['en'],
      },
      ...filter,
    },
    { limit: 20, after, spelling: 'typed' },
  );
  const { rows } = await pool.query<CardRow>({ name: nameOf(sql), text: sql, values: params });
  return `{"data":[${rows
    .slice(0, 20)
    .map(({ card }) => card)
    .join(',')}]}`;
}

const DETAIL = detailSql({
  by: 'slug',
  activeOnly: true,
  locales: [],
  locale: 'en',
  include: [],
  variants: true,
  pictures: PICTURES,
});

async function detail(slug: string): Promise<string> {
  const { rows } = await pool.query<{ body: string }>({
    name: 'detail',
    text: DETAIL,
    values: [slug, 'EUR', null],
  });
  return rows[0]?.body ?? '{}';
}

const PRICE = `
  SELECT v.id, v.sku, v.title, p.id AS product, p.name, x.amount
  FROM catalog.variants v JOIN catalog.products p ON p.id = v.product_id AND p.status = 'active'
  JOIN catalog.prices x ON x.variant_id = v.id AND x.currency = 'EUR' WHERE v.id = $1`;
const RESERVE = `
  WITH taken AS (
    UPDATE catalog.stock SET reserved = reserved + $2 WHERE variant_id = $1 AND on_hand - reserved >= $2 RETURNING variant_id
  )
  INSERT INTO catalog.stock_movements (variant_id, kind, delta_reserved, reference)
  SELECT variant_id, 'reservation', $2, $3 FROM taken`;
const ORDER = `
  WITH placed AS (
    INSERT INTO orders.orders (id, status, payment_status, email, currency, subtotal, shipping, tax, tax_rate, tax_included,
      total, shipping_method, shipping_address, billing_address, placed_at)
    VALUES ($1, 'placed', 'paid', $2, 'EUR', $3, 0, 0, '0', true, $3, 'standard', $4, $4, now())
  )
  INSERT INTO orders.order_lines (id, order_id, position, variant_id, product_id, sku, name, variant_title, quantity,
    unit_amount, subtotal, tax, total)
  VALUES ($5, $1, 0, $6, $7, $8, $9, $10, $11, $12, $3, 0, $3)`;
const PAYMENT = `
  INSERT INTO payments.payments (id, reference, provider, provider_reference, status, currency, amount, capture_at_once, authorized, captured)
  VALUES ($1, $2, 'sandbox', $2, 'captured', 'EUR', $3, true, $3, $3)`;
const LEDGER = `
  WITH moved AS (
    INSERT INTO payments.ledger_transactions (id, kind, payment_id, reference) VALUES ($1, 'capture', $2, $3)
  )
  INSERT INTO payments.ledger_entries (transaction_id, line, account, currency, amount)
  VALUES ($1, 1, 'receivable:sandbox', 'EUR', $4), ($1, 2, 'payments_received', 'EUR', -$4::bigint)`;
const EVENT = `INSERT INTO platform.events (id, type, payload) VALUES ($1, 'orders.order_placed', $2)`;

/** The same reservation and inserts, in one transaction. */
async function order(body: {
  email: string;
  items: { variantId: string; quantity: number }[];
  shippingAddress: object;
}): Promise<string> {
  const client = await pool.connect();
  const run = (name: string, text: string, values: unknown[]) => client.query<Row>({ name, text, values });
  try {
    const item = body.items[0] ?? { variantId: '', quantity: 0 };
    const [id, payment, ledger] = [randomUUID(), randomUUID(), randomUUID()];
    await client.query('BEGIN');
    const { rows } = await run('price', PRICE, [item.variantId]);
    const line = rows[0] ?? {};
    const total = Number(line['amount']) * item.quantity;
    const reserved = await run('reserve', RESERVE, [item.variantId, item.quantity, id]);
    if (reserved.rowCount === 0) throw new Error('out of stock');
    const address = JSON.stringify(body.shippingAddress);
    await run('order', ORDER, [
      id,
      body.email,
      total,
      address,
      randomUUID(),
      item.variantId,
      line['product'],
      line['sku'],
      line['name'],
      line['title'],
      item.quantity,
      line['amount'],
    ]);
    await run('payment', PAYMENT, [payment, id, total]);
    await run('ledger', LEDGER, [ledger, payment, id, total]);
    await run('event', EVENT, [randomUUID(), JSON.stringify({ orderId: id })]);
    await client.query('COMMIT');
    return JSON.stringify({ id, total });
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

async function login({ email, password }: { email: string; password: string }): Promise<string> {
  const { rows } = await pool.query<{ id: string; password_hash: string }>({
    name: 'login',
    text: 'SELECT id, password_hash FROM auth.users WHERE email = $1',
    values: [email],
  });
  if (!(await verify(rows[0]?.password_hash ?? '', password))) throw new Error('wrong password');
  return JSON.stringify({ id: rows[0]?.id });
}

async function answer(path: string, query: URLSearchParams, body: string): Promise<string> {
  if (path === '/health/ready') return '{"status":"ok"}';
  if (path === '/v1/orders') return order(JSON.parse(body) as Parameters<typeof order>[0]);
  if (path === '/v1/auth/login') return login(JSON.parse(body) as Parameters<typeof login>[0]);
  if (path !== '/v1/products') return detail(path.slice('/v1/products/'.length));
  const q = query.get('q');
  if (q !== null) return list({ q });
  const cursor = query.get('cursor');
  // Galley's cursor: a binding, then the values of the last row.
  return list(
    {},
    cursor === null ? undefined : (JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]).slice(1),
  );
}

createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  let body = '';
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString();
  });
  request.on('end', () => {
    answer(url.pathname, url.searchParams, body).then(
      (text) => response.writeHead(200, { 'content-type': 'application/json' }).end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
}).listen(Number(process.env['PORT']), '127.0.0.1');

process.on('SIGTERM', () => process.exit(0));
