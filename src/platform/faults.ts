const wanted = process.env['NODE_ENV'] === 'test' ? process.env['GALLEY_FAULT'] : undefined;

/** Where a test may let the process die (`GALLEY_FAULT`, NODE_ENV=test only), as a power cut would: nothing is cleaned up. */
export function faultPoint(name: string): void {
  if (wanted !== undefined && wanted === name) process.kill(process.pid, 'SIGKILL');
}
