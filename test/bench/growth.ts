import { boot } from '../support/boot.ts';
import { buffersOf, Plans } from '../support/plans.ts';
import { statementsOf } from '../support/statements.ts';
import { driveByTurns, type Figures } from './load.ts';
import { type Growing, growing } from './reads.ts';
import { openShop, type Server, type Shop } from './shop.ts';

/** What a read costs in a catalogue of some size. */
export interface Cost {
  workload: string;
  /** Worked out each time. */
  cold: Figures;
  /** From the cache of finished answers. */
  cached: Figures;
  /** Pages of the database that working it out looks at, on average. */
  buffers: number;
}

export interface Size {
  products: number;
  fillSeconds: number;
  /** Resident memory of the server after the load, in MB. */
  memory: number;
  /** On disk, in MB. */
  database: number;
  costs: Cost[];
}

interface Options {
  seconds: number;
  connections: number;
  wanted: (name: string) => boolean;
  say: (text: string) => void;
}

/** A catalogue with its servers, ready to be asked. */
interface Open {
  size: Size;
  /** Without the cache of finished answers, and with it. */
  cold: Server;
  cached: Server;
  reads: Growing[];
  /** Pages that each of them looks at. */
  pages: number[];
}

const TITLES = ['products', 'buffers', 'per s', 'p50 ms', 'p95 ms', 'CPU ms', 'cached/s', 'p95 ms'];

/**
 * Measures the reads in catalogues of these sizes. All are open at the same time and are asked by turns: what is compared has
 * been measured on the same machine, which one that others use is not from one minute to the next.
 */
export async function growth(sizes: number[], options: Options): Promise<Size[]> {
  const shops: Shop[] = [];
  try {
    const open: Open[] = [];
    for (const products of sizes) {
      const began = performance.now();
      const shop = await openShop(products);
      shops.push(shop);
      open.push(await ready(shop, products, (performance.now() - began) / 1000, options));
    }
    await measure(open, options);
    for (const { size, cold, cached } of open) {
      size.memory = cached.memory();
      options.say(
        `${size.products} products: memory after load ${size.memory.toFixed(0)} MB, ${cold.memory().toFixed(0)} MB without the cache`,
      );
      await Promise.all([cold.stop(), cached.stop()]);
    }
    return open.map(({ size }) => size);
  } finally {
    for (const shop of shops) await shop.close();
  }
}

async function ready(shop: Shop, products: number, fillSeconds: number, { wanted, say }: Options): Promise<Open> {
  const [row] = await shop.query<{ mb: number }>('SELECT pg_database_size(current_database()) / 1048576::float8 AS mb');
  const database = row?.mb ?? 0;
  say(`${products} products, filled in ${fillSeconds.toFixed(0)} s, ${database.toFixed(0)} MB on disk`);
  // The jobs of one shop are not to be seen in the figures of another.
  const cold = await shop.galley({ GALLEY_ROLE: 'api', GALLEY_CACHE_MB: '0' });
  const cached = await shop.galley({ GALLEY_ROLE: 'api' });
  const reads = (await growing(shop, cached)).filter(({ name }) => wanted(name));
  const size = { products, fillSeconds, memory: 0, database, costs: [] };
  return { size, cold, cached, reads, pages: await buffers(shop, reads) };
}

async function measure(open: Open[], { seconds, connections, say }: Options): Promise<void> {
  say(`\n${'workload'.padEnd(18)}${TITLES.map((title) => title.padStart(9)).join('')}`);
  const load = (paths: string[]) => ({ steps: stepsOf(paths), perRound: 1, connections });
  for (const [at, { name }] of (open[0]?.reads ?? []).entries()) {
    const reads = open.map((one) => ({ ...one, read: one.reads[at] as Growing }));
    const cold = await driveByTurns(
      reads.map(({ cold: server, read }) => ({ server, load: load(read.paths) })),
      seconds,
    );
    const cached = await driveByTurns(
      reads.map(({ cached: server, read }) => ({ server, load: load(read.paths.slice(0, 100)) })),
      seconds,
    );
    for (const [index, { size, pages }] of open.entries()) {
      const figures = { cold: cold[index] as Figures, cached: cached[index] as Figures };
      const cost = { workload: name, buffers: pages[at] as number, ...figures };
      size.costs.push(cost);
      say(line(size.products, cost));
    }
    say(grown(open.map(({ size }) => size.costs.at(-1) as Cost)));
  }
}

const stepsOf = (paths: string[]) => paths.map((path) => ({ method: 'GET' as const, path }));

/** How many are asked to know what one looks at. */
const SAMPLE = 25;

/** What the statements of these reads look at, with the values that they are sent with. */
async function buffers({ databaseUrl }: Shop, reads: Growing[]): Promise<number[]> {
  const app = await boot({ DATABASE_URL: databaseUrl, GALLEY_CACHE_MB: '0' });
  const plans = new Plans(databaseUrl);
  await plans.open();
  try {
    const pages: number[] = [];
    for (const { name, paths } of reads) {
      const sample = paths.slice(0, SAMPLE);
      const statements = await statementsOf(async () => {
        for (const path of sample) {
          const { status } = await fetch(app.url + path);
          if (status !== 200) throw new Error(`${name}: ${path} was answered ${status}.`);
        }
      });
      let sum = 0;
      for (const statement of statements) sum += buffersOf(await plans.of(statement, { run: true }));
      pages.push(sum / sample.length);
    }
    return pages;
  } finally {
    await plans.close();
    await app.close();
  }
}

function line(products: number, { workload, buffers: pages, cold, cached }: Cost): string {
  const figures = [
    String(products),
    pages.toFixed(0),
    cold.perSecond.toFixed(0),
    cold.p50.toFixed(1),
    cold.p95.toFixed(1),
    cold.cpuMs.toFixed(2),
    cached.perSecond.toFixed(0),
    cached.p95.toFixed(1),
  ];
  return `${workload.padEnd(18)}${figures.map((figure) => figure.padStart(9)).join('')}`;
}

/** How much dearer the last is than the first: by the pages looked at, and by the time of the machine. */
function grown(costs: Cost[]): string {
  const [first, last] = [costs[0] as Cost, costs.at(-1) as Cost];
  const [pages, time] = [last.buffers / first.buffers, first.cold.perSecond / last.cold.perSecond];
  return `${''.padEnd(18)}grown ${pages.toFixed(2)} times in pages, ${time.toFixed(2)} times in time`;
}
