/** What the database can count. */
export const MOST = 2_147_483_647;

/** What is on hand of a variant and where, how much of it is promised, and how it is sold. */
export interface StockLevel {
  variantId: string;
  productId: string;
  onHand: number;
  reserved: number;
  /** How many lie elsewhere than at the main location. */
  elsewhere: number;
  backorderable: boolean;
  beyondLimit: number | null;
  preorderFrom: Date | null;
  lowStockAt: number | null;
  version: number;
  updatedAt: Date;
  locations: { code: string; name: string; onHand: number }[];
}

/** One change of stock. */
export interface StockMovement {
  id: string;
  kind: string;
  deltaOnHand: number;
  deltaReserved: number;
  reason: string | null;
  reference: string | null;
  location: string | null;
  createdBy: string | null;
  createdAt: Date;
}

/** How many may be sold beyond what is on hand; null for as many as anyone likes. */
export function beyondOf({
  backorderable,
  beyondLimit,
}: Pick<StockLevel, 'backorderable' | 'beyondLimit'>): number | null {
  return backorderable ? beyondLimit : 0;
}
