import { boot } from '../support/boot.ts';
import { buffersOf, Plans } from '../support/plans.ts';
import { statementsOf } from '../support/statements.ts';
import { drive, type Figures } from './load.ts';
import { type Growing, growing } from './reads.ts';
import { openShop, type Shop } from './shop.ts';

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

const TITLES = ['buffers', 'per s', 'p50 ms', 'p95 ms', 'CPU ms', 'cached/s', 'p95 ms'];

/** Measures the reads in catalogues of these sizes, each freshly filled, one after the other. */
export async function growth(sizes: number[], options: Options): Promise<Size[]> {
  const measured: Size[] = [];
  for (const products of sizes) {
    const began = performance.now();
    const shop = await openShop(products);
    try {
      measured.push(await measure(shop, products, (performance.now() - began) / 1000, options));
    } finally {
      await shop.close();
    }
  }
  return measured;
}

async function measure(
  shop: Shop,
  products: number,
  fillSeconds: number,
  { seconds, connections, wanted, say }: Options,
): Promise<Size> {
  const [row] = await shop.query<{ mb: number }>('SELECT pg_database_size(current_database()) / 1048576::float8 AS mb');
  const database = row?.mb ?? 0;
  say(`\n${products} products, filled in ${fillSeconds.toFixed(0)} s, ${database.toFixed(0)} MB on disk`);
  say(`${'workload'.padEnd(18)}${TITLES.map((title) => title.padStart(9)).join('')}`);
  const cold = await shop.galley({ GALLEY_CACHE_MB: '0' });
  const cached = await shop.galley();
  const costs: Cost[] = [];
  for (const read of (await growing(shop, cached)).filter(({ name }) => wanted(name))) {
    const load = (paths: string[]) => ({ steps: stepsOf(paths), perRound: 1, connections });
    const cost = {
      workload: read.name,
      buffers: await buffers(shop, read),
      cold: await drive(cold, load(read.paths), seconds),
      cached: await drive(cached, load(read.paths.slice(0, 100)), seconds),
    };
    costs.push(cost);
    say(line(cost));
  }
  const memory = cached.memory();
  say(`memory after load: ${memory.toFixed(0)} MB, ${cold.memory().toFixed(0)} MB without the cache`);
  await Promise.all([cold.stop(), cached.stop()]);
  return { products, fillSeconds, memory, database, costs };
}

const stepsOf = (paths: string[]) => paths.map((path) => ({ method: 'GET' as const, path }));

/** How many are asked to know what one looks at. */
const SAMPLE = 25;

/** What the statements of these requests look at, with the values that they are sent with. */
async function buffers({ databaseUrl }: Shop, { name, paths }: Growing): Promise<number> {
  const app = await boot({ DATABASE_URL: databaseUrl, GALLEY_CACHE_MB: '0' });
  const plans = new Plans(databaseUrl);
  await plans.open();
  try {
    const sample = paths.slice(0, SAMPLE);
    const statements = await statementsOf(async () => {
      for (const path of sample) {
        const { status } = await fetch(app.url + path);
        if (status !== 200) throw new Error(`${name}: ${path} was answered ${status}.`);
      }
    });
    let sum = 0;
    for (const statement of statements) sum += buffersOf(await plans.of(statement, { run: true }));
    return sum / sample.length;
  } finally {
    await plans.close();
    await app.close();
  }
}

function line({ workload, buffers: pages, cold, cached }: Cost): string {
  const figures = [
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
