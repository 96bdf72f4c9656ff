import pg from 'pg';
import type { Statement } from './statements.ts';

/** A node of a plan, as EXPLAIN (FORMAT JSON) gives it. */
export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Shared Hit Blocks'?: number;
  'Shared Read Blocks'?: number;
  Plans?: PlanNode[];
}

/** Shows plans as the application's own connections make them: once for all values. */
export class Plans {
  private readonly client: pg.Client;

  constructor(databaseUrl: string) {
    this.client = new pg.Client({ connectionString: databaseUrl });
  }

  async open(): Promise<void> {
    await this.client.connect();
    await this.client.query(
      'SET plan_cache_mode = force_generic_plan; SET max_parallel_workers_per_gather = 0; SET enable_mergejoin = off',
    );
  }

  close(): Promise<void> {
    return this.client.end();
  }

  /** With `run` the statement is run as well, and the plan says which buffers that took. */
  async of({ text, values }: Statement, { run = false } = {}): Promise<PlanNode> {
    await this.client.query(`PREPARE looked_at AS ${text}`);
    try {
      const execute = `EXECUTE looked_at${values.length > 0 ? `(${values.map(literal).join(', ')})` : ''}`;
      const options = `FORMAT JSON${run ? ', ANALYZE, BUFFERS, TIMING OFF' : ''}`;
      const { rows } = await this.client.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
        `EXPLAIN (${options}) ${execute}`,
      );
      return rows[0]!['QUERY PLAN'][0]!.Plan;
    } finally {
      await this.client.query('DEALLOCATE looked_at');
    }
  }
}

/** The node and all below it. */
export const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** Pages of tables and indexes that were looked at, those that were not in PostgreSQL's memory included. */
export const buffersOf = (plan: PlanNode): number =>
  (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);

/** A value as `pg` sends it. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return pg.escapeLiteral(`{${value.map(element).join(',')}}`);
  if (value instanceof Date) return pg.escapeLiteral(value.toISOString());
  return pg.escapeLiteral(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

const element = (value: unknown): string => (value === null ? 'NULL' : JSON.stringify(String(value)));
