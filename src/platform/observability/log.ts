import type { LoggerService } from '@nestjs/common';
import {
  type DestinationStream,
  type LoggerOptions,
  levels,
  type Logger as PinoLogger,
  pino,
  stdTimeFunctions,
  symbols,
} from 'pino';
import { currentRequestId, currentTraceId } from '../http/request-context.js';

/** Never written, wherever they stand. */
const SECRETS = ['password', 'token', 'accessToken', 'refreshToken', 'authorization', 'cookie', 'secret', 'email'];

/** JSON lines on standard output; readable ones on a terminal. `stream` is for tests. */
export async function openLog(level: string, stream?: DestinationStream): Promise<PinoLogger> {
  return pino(
    {
      ...lineOf(level),
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

/** Writes to the same log what holds no secret and knows its request: looking for either costs more than the line itself. */
export const plainly = (log: PinoLogger): PinoLogger =>
  pino(lineOf(log.level), (log as unknown as Record<symbol, DestinationStream>)[symbols.streamSym]);

const lineOf = (level: string): LoggerOptions => ({
  level,
  base: undefined,
  timestamp: stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
});

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

/** Holds nothing back once something went wrong, unless it is writing already. The end of the process writes the rest. */
class PromptOutput implements DestinationStream {
  /** Makes pino tell the level of each line. */
  readonly [symbols.needsMetadataGsym] = true;
  lastLevel = 0;

  constructor(private readonly output = pino.destination({ fd: 1, sync: false, ...HELD })) {}

  write(line: string): void {
    this.output.write(line);
    if (this.lastLevel >= WARN) this.output.flush();
  }

  /** For pino, after a line that may be the last. */
  flushSync(): void {
    this.output.flushSync();
  }
}

/** To write each line on its own takes longer than to make it: bytes, and milliseconds, that are held back at most. */
const HELD = { minLength: 8192, periodicFlush: 200 };
const WARN = levels.values['warn'] as number;

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
