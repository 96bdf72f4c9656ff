import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { growth } from './growth.ts';
import { hotVariant } from './hot-variant.ts';
import { drive, driveByTurns, type Figures } from './load.ts';
import { plot } from './plot.ts';
import { openShop, type Server, type Shop } from './shop.ts';
import { oversell, type Workload, workloads } from './workloads.ts';

const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    products: { type: 'string' },
    seconds: { type: 'string' },
    only: { type: 'string' },
    connections: { type: 'string' },
    json: { type: 'string' },
    plot: { type: 'string' },
  },
});
const sizes = (values.products ?? (values.smoke ? '500' : '10000')).split(',').map(Number);
const [products = 0] = sizes;
const seconds = Number(values.seconds ?? (values.smoke ? 1 : 8));
if (!Number.isInteger(seconds) || seconds < 1)
  throw new Error('--seconds takes a whole number: servers are driven by the second.');
/** Enough to see that everything runs. */
const SMOKE = 'list,detail,search,facets uncached,suggest uncached,order,checkout,oversell,login-flood';
const only = (values.only ?? (values.smoke ? SMOKE : undefined))?.split(',').map((name) => name.trim());

const wanted = (name: string): boolean => !only || only.includes(name);

interface Flood {
  alone: Figures;
  during: Figures;
  logins: Figures;
  /** Of the 95th percentiles. */
  ratio: number;
}

interface Line {
  workload: string;
  galley: Figures;
  bare: Figures | null;
  ratio: number | null;
}

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

process.exitCode = (await (sizes.length > 1 ? grow() : measureOne())) ? 1 : 0;

/** What reads cost as the catalogue grows. */
async function grow(): Promise<boolean> {
  const connections = Number(values.connections ?? 20);
  say(`${cpus().length} cores, ${seconds} s each, ${connections} connections; all share the machine`);
  const measured = await growth(sizes, { seconds, connections, wanted, say });
  if (values.json) await writeFile(values.json, JSON.stringify({ seconds, connections, sizes: measured }, null, 2));
  if (values.plot) await writeFile(values.plot, plot(measured));
  return measured.some(({ costs }) => costs.some(({ cold, cached }) => cold.failures + cached.failures > 0));
}

async function measureOne(): Promise<boolean> {
  const shop = await openShop(products);
  try {
    return await measure(shop);
  } finally {
    await shop.close();
  }
}

async function measure(shop: Shop): Promise<boolean> {
  say(`${products} products, ${cpus().length} cores, ${seconds} s each; server, PostgreSQL and load share the machine`);
  const server = await shop.galley();
  const startMs = server.startMs;
  const uncached = await shop.galley({ GALLEY_CACHE_MB: '0' });
  const others = { bare: await shop.bare(), bytes: await shop.bytes(server) };
  const lines: Line[] = [];
  say(
    `${'workload'.padEnd(18)}${['per s', 'p50 ms', 'p95 ms', 'p99 ms', 'CPU ms', 'bare', 'ratio'].map((title) => title.padStart(9)).join('')}`,
  );
  const all = await workloads(shop, server);
  for (const workload of all) {
    if (!wanted(workload.name)) continue;
    const line = await compare(workload, workload.uncached ? uncached : server, others);
    lines.push(line);
    say(row(line));
  }
  const [list, login] = ['list', 'login'].map((name) => all.find((workload) => workload.name === name));
  const flood = list && login && wanted('login-flood') ? await loginFlood(server, list, login) : undefined;
  if (flood) {
    const { alone, during, logins, ratio } = flood;
    say(
      `login-flood: list p95 ${alone.p95.toFixed(1)} ms alone, ${during.p95.toFixed(1)} ms while 50 sign in at once (${logins.perSecond.toFixed(0)} per s): ${ratio.toFixed(2)} times`,
    );
  }
  const race = wanted('oversell') ? await oversell(shop, server) : undefined;
  if (race)
    say(
      `oversell: 400 buyers, 100 in stock: ${race.placed} placed, ${race.refused} refused, ${race.other} other, ${race.seconds.toFixed(2)} s`,
    );
  const hot = wanted('hot-variant') ? await hotVariant(shop, seconds) : undefined;
  if (hot)
    say(
      `hot-variant: ${hot.galley.toFixed(0)} reservations per s of one variant, ${hot.bare.toFixed(0)} by bare SQL: ${(hot.galley / hot.bare).toFixed(2)}`,
    );
  const memory = server.memory();
  say(`start (database running): ${(startMs / 1000).toFixed(2)} s; memory after load: ${memory.toFixed(0)} MB`);
  await Promise.all([server, uncached, others.bare, others.bytes].map((one) => one.stop()));
  if (values.json)
    await writeFile(
      values.json,
      JSON.stringify({ products, seconds, lines, flood, race, hot, startMs, memory }, null, 2),
    );
  const failures = lines.flatMap(({ workload, galley, bare }) => [
    ...(galley.failures > 0 ? [`${workload}: ${galley.failures} requests failed`] : []),
    ...(bare && bare.failures > 0 ? [`${workload}: ${bare.failures} requests of the bare program failed`] : []),
  ]);
  if (flood && flood.during.failures + flood.logins.failures > 0) failures.push('login-flood: requests failed');
  for (const failure of failures) say(failure);
  return failures.length > 0 || (race !== undefined && (race.placed !== 100 || race.other !== 0));
}

/** What a list costs its reader while many sign in at once, beside what it costs otherwise, with the same readers. */
async function loginFlood(server: Server, list: Workload, login: Workload): Promise<Flood> {
  const alone = await drive(server, list, seconds);
  const [during, logins] = await Promise.all([
    drive(server, list, seconds),
    drive(server, { ...login, connections: 50 }, seconds),
  ]);
  return { alone, during, logins, ratio: during.p95 / alone.p95 };
}

async function compare(workload: Workload, server: Server, others: Record<'bare' | 'bytes', Server>): Promise<Line> {
  const { name, against } = workload;
  if (against === 'nothing')
    return { workload: name, galley: await drive(server, workload, seconds), bare: null, ratio: null };
  const runs = [server, others[against]].map((one) => ({ server: one, load: workload }));
  const [galley, bare] = (await driveByTurns(runs, seconds)) as [Figures, Figures];
  return { workload: name, galley, bare, ratio: galley.perSecond / bare.perSecond };
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
