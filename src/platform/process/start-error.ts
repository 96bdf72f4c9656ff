import { SettingError } from '../config/settings.js';

/** Why Galley does not start, in the one line that the operator sees. */
export class StartError extends Error {}

/** The one line for what was expected to go wrong; undefined for what was not. */
export function lineFor(error: unknown): string | undefined {
  if (error instanceof SettingError || error instanceof StartError) return error.message;
  const { name, message, code, syscall, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  // Its class belongs to a part that a production install does not load.
  if (name === 'EmbeddedPostgresError') return message;
  if (code === '42501')
    return `DATABASE_URL: this user may not do what Galley needs (${message}): let it own the database.`;
  if (syscall !== 'listen') {
    if (syscall === 'getaddrinfo') return `HOST: the name is not known (${code}).`;
    return undefined;
  }
  if (code === 'EADDRINUSE')
    return `PORT: ${address}:${port} is in use: stop what listens there, or set PORT to another.`;
  if (code === 'EACCES') return `PORT: this user may not listen on ${port}: set PORT to one above 1023.`;
  return `HOST: cannot listen on ${address}:${port} (${code}).`;
}
