import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { RESERVE } from '#src/catalog/stock/stock.sql.js';
import type { Shop } from './shop.ts';

const BUYERS = 16;

/** The least that reserves and says so. */
const BARE = `
  WITH taken AS (
    UPDATE catalog.stock SET reserved = reserved + 1 WHERE variant_id = $1 AND on_hand > reserved RETURNING variant_id
  )
  INSERT INTO catalog.stock_movements (variant_id, kind, delta_reserved, reference)
  SELECT variant_id, 'reservation', 1, $2 FROM taken`;

export interface HotVariant {
  /** Reservations per second, each committed to disk, of one variant. */
  galley: number;
  bare: number;
}

/** Many buyers of one variant, as far as the database goes: the row is locked from the reservation to its commit. */
export async function hotVariant(shop: Shop, seconds: number): Promise<HotVariant> {
  const [variant] = await shop.query<{ id: string }>('SELECT variant_id AS id FROM catalog.stock LIMIT 1');
  const pool = new pg.Pool({ connectionString: shop.databaseUrl, max: BUYERS });
  const id = variant?.id ?? '';
  const galley = () => pool.query({ name: 'galley', text: RESERVE, values: [randomUUID(), [id], [1]] });
  const bare = () => pool.query({ name: 'bare', text: BARE, values: [id, randomUUID()] });
  try {
    await perSecond(bare, Math.ceil(seconds / 3));
    return { galley: await perSecond(galley, seconds), bare: await perSecond(bare, seconds) };
  } finally {
    await pool.end();
  }
}

async function perSecond(reserve: () => Promise<unknown>, seconds: number): Promise<number> {
  const began = performance.now();
  const ended = began + seconds * 1000;
  let done = 0;
  await Promise.all(
    Array.from({ length: BUYERS }, async () => {
      while (performance.now() < ended) {
        await reserve();
        done++;
      }
    }),
  );
  return (done * 1000) / (performance.now() - began);
}
