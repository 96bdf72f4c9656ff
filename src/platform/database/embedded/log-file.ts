import { constants } from 'node:fs';
import { copyFile, type FileHandle, open, stat, truncate } from 'node:fs/promises';

/** Bytes; the log takes at most about twice this: the file and the one before it. */
const LIMIT = 8 * 1024 * 1024;

/**
 * What PostgreSQL writes about itself. The server process holds the file open for appending, so it goes on writing (and
 * never meets a closed pipe) when Galley is killed; Galley keeps it bounded by copying it away and truncating it.
 */
export class LogFile {
  constructor(readonly path: string) {}

  async open(): Promise<FileHandle> {
    return open(this.path, constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY, 0o600);
  }

  async size(): Promise<number> {
    return stat(this.path).then(
      ({ size }) => size,
      () => 0,
    );
  }

  async keepBounded(): Promise<void> {
    if ((await this.size()) <= LIMIT) return;
    await copyFile(this.path, `${this.path}.1`);
    await truncate(this.path, 0);
  }

  /** What was written after `offset`, at most the last 16 kB of it. */
  async since(offset: number): Promise<string> {
    const file = await open(this.path, 'r').catch(() => null);
    if (!file) return '';
    try {
      const { size } = await file.stat();
      const from = Math.max(Math.min(offset, size), size - 16_384);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  }
}

/** The line that says why: the last FATAL or PANIC, else the last error, else the last line. */
export function reasonIn(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const line =
    lines.findLast((each) => /\b(FATAL|PANIC):/.test(each)) ??
    lines.findLast((each) => /\berror:|\bERROR:/.test(each)) ??
    lines.at(-1) ??
    'it said nothing';
  return line.replace(/^.*?\b(FATAL|PANIC|ERROR|error):\s*/, '').trim();
}
