// Owns the PostgreSQL of a data directory until it gets SIGTERM or its standard input ends; reports as JSON lines.
import { startEmbeddedPostgres } from '#src/platform/database/embedded/index.js';

const report = (event, rest = {}) => process.stdout.write(`${JSON.stringify({ event, ...rest })}\n`);
const began = performance.now();
try {
  const postgres = await startEmbeddedPostgres({
    dataDir: process.argv[2],
    fast: true,
    log: (line) => report('log', { line }),
    onRestart: () => report('restart'),
    onFailure: (error) => report('failure', { message: error.message }),
  });
  const stop = async () => {
    await postgres.stop();
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.stdin.once('end', stop).resume();
  report('ready', { url: postgres.url, milliseconds: performance.now() - began });
} catch (error) {
  report('refused', { name: error.name, message: error.message });
  process.exit(1);
}
