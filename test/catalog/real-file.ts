import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A few products of a demo shop. */
const EXCERPT = join(import.meta.dirname, 'fixtures/spree-products.csv');

/** The whole file is not in the repository; GALLEY_TEST_PRODUCTS_CSV says where it is. */
const WHOLE =
  process.env['GALLEY_TEST_PRODUCTS_CSV'] ?? join(import.meta.dirname, '../../../shared/data/products-real.csv');
export const IS_WHOLE = existsSync(WHOLE);
/** The whole file, or the excerpt where that is not. */
export const FILE = IS_WHOLE ? WHOLE : EXCERPT;
