/**
 * Settings for a small machine that PostgreSQL shares with the application. They are passed on the command line at every
 * start, so a new release of Galley brings its own and nothing old lingers in a configuration file.
 */
const SETTINGS: Record<string, string | number> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  cluster_name: 'galley',
  max_connections: 120,
  shared_buffers: '192MB',
  effective_cache_size: '1GB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  // Planning for compiled queries costs more than it gains on short statements.
  jit: 'off',
  // Solid state disks read at random nearly as fast as in sequence.
  random_page_cost: 1.1,
  // Data fits in memory: asynchronous reads would only add three processes.
  io_method: 'sync',
  // No replica follows this server, so WAL for one is not written.
  wal_level: 'minimal',
  max_wal_senders: 0,
  wal_compression: 'on',
  max_wal_size: '1GB',
  log_checkpoints: 'off',
  log_min_messages: 'warning',
  // The application logs its own failed statements; here they could put personal data into a file.
  log_min_error_statement: 'panic',
  // Nor do the details of an error, which quote the row.
  log_error_verbosity: 'terse',
  log_line_prefix: '%m [%p] ',
  log_timezone: 'UTC',
  timezone: 'UTC',
};

/**
 * For throw-away databases of tests: a power cut may destroy them. A commit still is handed to the operating system before
 * it is answered (`synchronous_commit`), which costs next to nothing then, so that tests may kill PostgreSQL.
 */
const FAST_SETTINGS: Record<string, string | number> = { fsync: 'off', full_page_writes: 'off' };

/** Command line arguments of `postgres`. */
export function serverArguments(data: string, port: number, fast: boolean): string[] {
  const settings = { ...SETTINGS, ...(fast ? FAST_SETTINGS : {}) };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', data, '-p', String(port), ...flags];
}
