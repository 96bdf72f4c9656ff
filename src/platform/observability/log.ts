import { writeSync } from 'node:fs';
import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, levels, type Logger as PinoLogger, pino, stdTimeFunctions, symbols } from 'pino';
import { currentRequestId, currentTraceId } from '../http/request-context.js';

/** Never written, wherever they stand. */
const SECRETS = ['password', 'token', 'accessToken', 'refreshToken', 'authorization', 'cookie', 'secret', 'email'];

/** JSON lines on standard output; readable ones on a terminal. `stream` is for tests. */
export async function openLog(level: string, stream?: DestinationStream): Promise<PinoLogger> {
  return pino(
    {
      level,
      base: undefined,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
      mixin: () => {
        const requestId = currentRequestId();
        const traceId = currentTraceId();
        return { ...(requestId === undefined ? {} : { requestId }), ...(traceId === undefined ? {} : { traceId }) };
      },
      mixinMergeStrategy: (line, mixin) => ({ ...mixin, ...line }),
    },
    stream ?? (await standardOutput()),
  );
}

/** What a line says. It holds no secret and knows its request: nothing looks for either. */
export type Facts = Record<string, string | number | undefined>;

/**
 * Writes to the same log at level `info`, and makes the lines when it writes them: many at once cost a third of what each
 * costs between two requests.
 */
export function plainly(log: PinoLogger, msg: string): (facts: () => Facts) => void {
  if (!log.isLevelEnabled('info')) return () => {};
  const stream = (log as unknown as Record<symbol, DestinationStream>)[symbols.streamSym] as DestinationStream;
  return (facts) => {
    const now = Date.now();
    const line = () => `${JSON.stringify({ level: 'info', time: new Date(now).toISOString(), ...facts(), msg })}\n`;
    if (stream instanceof PromptOutput) stream.hold(line);
    else stream.write(line());
  };
}

/** What of a database's error says where to look. Its `detail` and TypeORM's `parameters` hold rows: personal data. */
const TELLING = ['code', 'severity', 'schema', 'table', 'constraint', 'routine', 'errno', 'syscall'] as const;

function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error).slice(0, 1000) };
  const facts = error as unknown as Record<string, unknown>;
  return {
    type: error.constructor.name,
    message: error.message,
    stack: error.stack,
    ...Object.fromEntries(TELLING.flatMap((name) => (facts[name] === undefined ? [] : [[name, facts[name]]]))),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

async function standardOutput(): Promise<DestinationStream> {
  if (process.stdout.isTTY) {
    // A development dependency: a production install logs JSON on terminals too.
    const pretty = await import('pino-pretty').catch(() => undefined);
    if (pretty) return pretty.default({ sync: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l' });
  }
  return new PromptOutput();
}

/** To write each line on its own takes longer than to make it: as many as this, and milliseconds, are held back at most. */
const HELD_LINES = 100;
const HELD_MS = 200;
const WARN = levels.values['warn'] as number;

/** Holds nothing back once something went wrong, unless it is writing already. The end of the process writes the rest. */
class PromptOutput implements DestinationStream {
  /** Makes pino tell the level of each line. */
  readonly [symbols.needsMetadataGsym] = true;
  lastLevel = 0;
  private readonly output = pino.destination({ fd: 1, sync: false });
  private held: (string | (() => string))[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** As far as this thread has heard. */
  private isWriting = false;

  constructor() {
    this.output.on('drain', () => {
      this.isWriting = false;
    });
    process.on('exit', () => this.flushSync());
  }

  write(line: string): void {
    this.hold(line);
    if (this.lastLevel >= WARN) this.release();
  }

  /** A line, or what makes it when it is written. */
  hold(line: string | (() => string)): void {
    if (this.held.push(line) >= HELD_LINES) this.release();
    else this.timer ??= setTimeout(() => this.release(), HELD_MS);
  }

  /** Also for pino, after a line that may be the last. */
  flushSync(): void {
    // What another thread is writing cannot be asked for: it comes first, and is done by then.
    if (this.isWriting) sleep(UNDER_WAY_MS);
    this.output.flushSync();
    writeNow(this.takeHeld());
  }

  private release(): void {
    const text = this.takeHeld();
    if (text === '') return;
    this.isWriting = true;
    this.output.write(text);
  }

  private takeHeld(): string {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { held } = this;
    this.held = [];
    return held.map((line) => (typeof line === 'string' ? line : line())).join('');
  }
}

/** Milliseconds that a write which is under way takes at most, where somebody reads. */
const UNDER_WAY_MS = 50;

/** Milliseconds that the end waits for a reader who does not read. */
const PATIENCE_MS = 2000;

/** Nothing that is begun now would be gone on with: the process ends. A pipe that is full is tried again. */
function writeNow(text: string): void {
  const until = Date.now() + PATIENCE_MS;
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || Date.now() > until) return;
      sleep(10);
    }
  }
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Nest's report of each module and route at start: known from the code, noise in a log. */
const NOISE = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/** Nest's own messages and those of our services, as lines of the same log. */
export class NestLog implements LoggerService {
  constructor(private readonly pino: PinoLogger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write(NOISE.has(String(rest.at(-1))) ? 'trace' : 'info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    // Nest reports a failed start here and throws it as well: whoever starts says it once.
    if (['ExceptionHandler', 'NestApplication', 'TypeOrmModule'].includes(String(rest.at(-1)))) return;
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest passes the logger's context last; we pass an object of facts first and the sentence second. */
  private write(
    level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal',
    message: unknown,
    rest: unknown[],
  ): void {
    const context = typeof rest.at(-1) === 'string' ? (rest.at(-1) as string) : undefined;
    if (message instanceof Error) this.pino[level]({ context, err: message }, message.message);
    else if (typeof message === 'object') {
      const sentence = rest.length > 1 && typeof rest[0] === 'string' ? rest[0] : '';
      this.pino[level]({ context, ...message }, sentence);
    } else
      this.pino[level](
        { context, ...(level === 'error' && rest.length > 1 ? { stack: rest[0] } : {}) },
        String(message),
      );
  }
}
