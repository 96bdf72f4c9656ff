export type TransferStatus = 'in_transit' | 'received' | 'cancelled';

export interface Transfer {
  id: string;
  from: string;
  to: string;
  status: TransferStatus;
  reason: string | null;
  items: { variantId: string; quantity: number }[];
  createdBy: string | null;
  createdAt: Date;
  updatedAt: Date;
}

const TRANSFER = `
  SELECT t.id, t.from_location AS "from", t.to_location AS "to", t.status, t.reason, t.created_by AS "createdBy",
    t.created_at AS "createdAt", t.updated_at AS "updatedAt", (
      SELECT json_agg(json_build_object('variantId', i.variant_id, 'quantity', i.quantity) ORDER BY i.variant_id)
      FROM catalog.stock_transfer_items i WHERE i.transfer_id = t.id) AS items
  FROM catalog.stock_transfers t`;

export const TRANSFER_OF = `${TRANSFER} WHERE t.id = $1`;

/** So many transfers, the newest first. Only conditions that are asked for are in the statement, so that an index serves them. */
export const transfersWhere = (where: string, limit: number): string =>
  `${TRANSFER} ${where} ORDER BY t.id DESC LIMIT ${limit}`;

/** The transfer $1 from $2 to $3 because of $4, by $5, of the variants $6 in the quantities $7; nothing when $3 takes no goods. */
export const SEND = `
  WITH sent AS (
    INSERT INTO catalog.stock_transfers (id, from_location, to_location, reason, created_by)
    SELECT $1, $2, code, $4, $5 FROM catalog.stock_locations WHERE code = $3 AND active
    RETURNING id
  ), items AS (
    INSERT INTO catalog.stock_transfer_items (transfer_id, variant_id, quantity)
    SELECT sent.id, i.variant_id, i.quantity FROM sent, unnest($6::uuid[], $7::integer[]) AS i (variant_id, quantity)
  )
  SELECT id FROM sent`;

/** Ends the transfer $1 as $2, once: of two at the same moment, one finds that it is over. */
export const END = `
  UPDATE catalog.stock_transfers SET status = $2, updated_at = now() WHERE id = $1 AND status = 'in_transit' RETURNING id`;
