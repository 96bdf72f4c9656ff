import autocannon from 'autocannon';
import type { Server } from './shop.ts';

export type Context = Record<string, string>;

/** One request. In a flow, such as a whole purchase, later ones see what earlier ones left in the context. */
export interface Step {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  path: string;
  headers?: Record<string, string>;
  body?: string;
  setupRequest?: (request: Step, context: Context) => Step;
  onResponse?: (status: number, body: string, context: Context) => void;
}

export interface Load {
  steps: Step[];
  /** Requests that make one round: all steps for a flow, one for a list of interchangeable reads. */
  perRound: number;
  connections: number;
}

export interface Figures {
  /** Rounds per second: requests, or whole flows. */
  perSecond: number;
  p50: number;
  p95: number;
  p99: number;
  /** Processor time of the server for one round, in milliseconds. */
  cpuMs: number;
  failures: number;
}

/** Drives a server for so many seconds, after a warm-up that does not count. */
export async function drive(server: Server, load: Load, seconds: number): Promise<Figures> {
  await warmUp(server, load, seconds);
  const driven = await measured(server, load, seconds);
  return figuresOf([driven], load, seconds);
}

/**
 * The same for several servers, a second each by turns: the speed of a machine that others use changes within seconds. For
 * single requests: a flow would be cut at each turn.
 */
export async function driveByTurns(
  runs: readonly { server: Server; load: Load }[],
  seconds: number,
): Promise<Figures[]> {
  for (const { server, load } of runs) await warmUp(server, load, seconds);
  const turns = runs.map((run) => ({ ...run, driven: [] as Driven[] }));
  for (let second = 0; second < seconds; second++) {
    for (const { server, load, driven } of second % 2 === 0 ? turns : turns.toReversed()) {
      driven.push(await measured(server, load, 1));
    }
  }
  return turns.map(({ driven, load }) => figuresOf(driven, load, seconds));
}

interface Driven {
  total: number;
  failures: number;
  times: number[];
  /** Seconds of processor time. */
  cpu: number;
}

const warmUp = ({ url }: Server, load: Load, seconds: number) => run(url, load, Math.max(1, Math.ceil(seconds / 3)));

async function measured(server: Server, load: Load, seconds: number): Promise<Driven> {
  const before = server.cpu();
  const driven = await run(server.url, load, seconds);
  return { ...driven, cpu: server.cpu() - before };
}

function figuresOf(driven: Driven[], { perRound }: Load, seconds: number): Figures {
  const sum = (of: (one: Driven) => number) => driven.reduce((all, one) => all + of(one), 0);
  const rounds = sum(({ total }) => total) / perRound;
  const times = Float64Array.from(driven.flatMap((one) => one.times)).sort();
  // A flow takes as long as its requests together; their percentiles only bound that, so the mean step is scaled.
  const percentile = (share: number) => (times[Math.floor(times.length * share)] ?? 0) * perRound;
  return {
    perSecond: rounds / seconds,
    p50: percentile(0.5),
    p95: percentile(0.95),
    p99: percentile(0.99),
    cpuMs: (sum(({ cpu }) => cpu) * 1000) / rounds,
    failures: sum(({ failures }) => failures),
  };
}

async function run(url: string, { steps, connections }: Load, duration: number): Promise<Omit<Driven, 'cpu'>> {
  const times: number[] = [];
  const options: autocannon.Options = {
    url,
    connections,
    duration,
    requests: steps as unknown as autocannon.Request[],
    initialContext: {},
  };
  const result = new Promise<autocannon.Result>((resolve, reject) => {
    const driver = autocannon(options, (error: unknown, done) => (error ? reject(error as Error) : resolve(done)));
    driver.on('response', (_client, _status, _bytes, time) => times.push(time));
  });
  const { requests, non2xx, errors, timeouts } = await result;
  return { total: requests.total, failures: non2xx + errors + timeouts, times };
}
