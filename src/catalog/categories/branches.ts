import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';
import type { Category } from './category.entity.js';

/** Lets other writers in, but for those who lock the whole table: whoever fills an empty shop, and earlier releases. */
const BEGIN = 'LOCK TABLE catalog.categories IN ROW EXCLUSIVE MODE; SAVEPOINT branches';
const LET_GO = 'ROLLBACK TO SAVEPOINT branches';

/** The categories with these slugs at the top. Whoever is changing one of these paths is waited for. */
const HOLD = `
  SELECT path FROM catalog.categories WHERE parent_id IS NULL AND path = ANY ($1::text[])
  ORDER BY id FOR NO KEY UPDATE`;

const topOf = ({ path }: Category): string => path.split('/')[0] as string;

/**
 * The tree of categories is written one branch at a time, as the paths in it change together: whoever writes holds the
 * category at the top of each branch, in id order. Readers and products do not wait, nor do writers of other branches.
 */
@Injectable()
export class Branches {
  constructor(private readonly database: Database) {}

  /** The categories that `read` finds, in branches that are held until the end of the transaction. */
  async hold(read: () => Promise<Category[]>): Promise<Category[]> {
    await this.database.unprepared(BEGIN);
    for (let found = await read(); ; ) {
      const tops = await this.database.query<{ path: string }>(HOLD, [[...new Set(found.map(topOf))]]);
      const held = new Set(tops.map(({ path }) => path));
      found = await read();
      if (found.every((category) => held.has(topOf(category)))) return found;
      // Those who were waited for have moved something. Letting go first keeps the order in which locks are taken.
      await this.database.unprepared(LET_GO);
    }
  }
}
