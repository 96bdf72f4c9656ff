/** A file of one size, as it is kept. */
export interface Source {
  file: string;
  type: string;
  width: number;
  height: number;
}

export const MEDIA_STATUSES = ['processing', 'ready', 'failed'] as const;
export type MediaStatus = (typeof MEDIA_STATUSES)[number];

/** A picture that was uploaded. */
export interface MediumRow {
  id: string;
  productId: string;
  position: number;
  alt: string | null;
  status: MediaStatus;
  error: string | null;
  /** Of the file as it was sent. */
  type: string;
  bytes: number;
  hash: string;
  width: number;
  height: number;
  /** The largest, once it is ready. */
  file: string | null;
  sources: Source[];
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export const ROW = `
  id, product_id AS "productId", position, alt, status, error, type, bytes, hash, width, height, file, sources, version,
  created_at AS "createdAt", updated_at AS "updatedAt"`;

/** Where the file is kept as it was sent, until its sizes are made. Nobody is ever shown it. */
export const originalOf = (id: string): string => `originals/${id}`;

/** Where its sizes are. */
export const folderOf = (id: string): string => `media/${id}`;

/** Addresses of sizes hold a hash of what they name: they are never anything else. */
export const FOR_EVER = 'public, max-age=31536000, immutable';
