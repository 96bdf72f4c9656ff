import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { drive, type Figures } from './load.ts';
import { openShop, type Server, type Shop } from './shop.ts';
import { oversell, type Workload, workloads } from './workloads.ts';

const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    products: { type: 'string' },
    seconds: { type: 'string' },
    only: { type: 'string' },
    json: { type: 'string' },
  },
});
const products = Number(values.products ?? (values.smoke ? 500 : 10_000));
const seconds = Number(values.seconds ?? (values.smoke ? 1 : 8));
/** Enough to see that everything runs. */
const SMOKE = 'list,search,order,checkout,oversell';
const only = (values.only ?? (values.smoke ? SMOKE : undefined))?.split(',').map((name) => name.trim());

interface Line {
  workload: string;
  galley: Figures;
  bare: Figures | null;
  ratio: number | null;
}

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const shop = await openShop(products);
try {
  const failed = await measure(shop);
  process.exitCode = failed ? 1 : 0;
} finally {
  await shop.close();
}

async function measure(shop: Shop): Promise<boolean> {
  say(`${products} products, ${cpus().length} cores, ${seconds} s each; server, PostgreSQL and load share the machine`);
  const server = await shop.galley();
  const startMs = server.startMs;
  const uncached = await shop.galley({ GALLEY_CACHE_MB: '0' });
  const bare = await shop.bare();
  const lines: Line[] = [];
  say(
    `${'workload'.padEnd(18)}${['per s', 'p50 ms', 'p95 ms', 'p99 ms', 'CPU ms', 'bare', 'ratio'].map((title) => title.padStart(9)).join('')}`,
  );
  for (const workload of await workloads(shop, server)) {
    if (only && !only.includes(workload.name)) continue;
    const line = await compare(workload, workload.uncached ? uncached : server, bare);
    lines.push(line);
    say(row(line));
  }
  const race = !only || only.includes('oversell') ? await oversell(shop, server) : undefined;
  if (race)
    say(
      `oversell: 400 buyers, 100 in stock: ${race.placed} placed, ${race.refused} refused, ${race.other} other, ${race.seconds.toFixed(2)} s`,
    );
  const memory = server.memory();
  say(`start (database running): ${(startMs / 1000).toFixed(2)} s; memory after load: ${memory.toFixed(0)} MB`);
  await Promise.all([server.stop(), uncached.stop(), bare.stop()]);
  if (values.json)
    await writeFile(values.json, JSON.stringify({ products, seconds, lines, race, startMs, memory }, null, 2));
  const failures = lines.flatMap(({ workload, galley, bare }) => [
    ...(galley.failures > 0 ? [`${workload}: ${galley.failures} requests failed`] : []),
    ...(bare && bare.failures > 0 ? [`${workload}: ${bare.failures} requests of the bare program failed`] : []),
  ]);
  for (const failure of failures) say(failure);
  return failures.length > 0 || (race !== undefined && (race.placed !== 100 || race.other !== 0));
}

async function compare(workload: Workload, server: Server, bare: Server): Promise<Line> {
  const galley = await drive(server, workload, seconds);
  const other = workload.against === 'bare' ? await drive(bare, workload, seconds) : null;
  return { workload: workload.name, galley, bare: other, ratio: other && galley.perSecond / other.perSecond };
}

function row({ workload, galley, bare, ratio }: Line): string {
  const figures = [
    galley.perSecond.toFixed(0),
    galley.p50.toFixed(1),
    galley.p95.toFixed(1),
    galley.p99.toFixed(1),
    galley.cpuMs.toFixed(2),
  ];
  const compared = bare ? [bare.perSecond.toFixed(0), (ratio ?? 0).toFixed(2)] : ['', ''];
  return `${workload.padEnd(18)}${[...figures, ...compared].map((figure) => figure.padStart(9)).join('')}`;
}
