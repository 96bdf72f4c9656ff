import { Injectable } from '@nestjs/common';
import { Database, Every, ReadCache } from '../../platform/index.js';
import { tags } from '../catalog.tags.js';

/** Products of the first tier, and of the first two. A tier is there only when the catalogue has more than it holds. */
const FIRST = 40_000;
const SECOND = 200_000;

/** Moves that are worked out at once, and those that are made in one transaction. */
const MOST = 5000;
const BATCH = 500;

/** Milliseconds after which a run leaves the rest to the next one. */
const ENOUGH = 60_000;

/** Products that are not in their tier, `$1` at most: what sells best comes first, then what is newest. */
export const TIER_MOVES = `
  WITH best AS MATERIALIZED (
    SELECT product_id, row_number() OVER (ORDER BY sold DESC, product_id DESC) AS place
    FROM (
      SELECT product_id, sold FROM catalog.product_sales WHERE status = 'active'
      ORDER BY sold DESC, product_id DESC LIMIT ${SECOND} + 1
    ) AS s
  ), due AS (
    SELECT product_id, t.tier FROM best JOIN (VALUES (1, 1, ${FIRST}), (2, ${FIRST} + 1, ${SECOND})) AS t (tier, first, last)
      ON place BETWEEN first AND last
    WHERE (SELECT count(*) FROM best) > last
  )
  SELECT coalesce(d.product_id, p.id) AS id, coalesce(d.tier, 3) AS tier
  FROM due d FULL JOIN (SELECT id, search_tier FROM catalog.products WHERE 3 - search_tier > 0) p ON p.id = d.product_id
  WHERE d.tier IS DISTINCT FROM p.search_tier LIMIT $1`;

/** Locked first and in one order, as whoever changes many products does: else both could wait for each other's rows. */
export const MOVE_TO_TIERS = `
  WITH given AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::smallint[]) AS g (id, tier)
  ), locked AS MATERIALIZED (
    SELECT id FROM catalog.products WHERE id IN (SELECT id FROM given) ORDER BY id FOR NO KEY UPDATE
  )
  UPDATE catalog.products p SET search_tier = g.tier FROM given g JOIN locked l ON l.id = g.id
  WHERE p.id = g.id AND p.search_tier <> g.tier`;

interface Move {
  id: string;
  tier: number;
}

/** Keeps what sells best where searches look first. */
@Injectable()
export class SearchTiersJobs {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
  ) {}

  @Every('*/10 * * * *', 'catalog.place-search-tiers')
  async place(): Promise<void> {
    const began = performance.now();
    let moves: Move[];
    do {
      moves = await this.database.query<Move>(TIER_MOVES, [MOST]);
      for (let at = 0; at < moves.length; at += BATCH) await this.move(moves.slice(at, at + BATCH));
    } while (moves.length === MOST && performance.now() - began < ENOUGH);
  }

  private async move(moves: Move[]): Promise<void> {
    await this.database.query(MOVE_TO_TIERS, [moves.map(({ id }) => id), moves.map(({ tier }) => tier)]);
    this.cache.drop(tags.lists);
  }
}
