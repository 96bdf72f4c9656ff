import { readdir, readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';

/** Nice value (sched(7)): they get the processor when nobody else in the machine wants it much. */
const NICE = 10;

/**
 * Lets libuv's threads, on which passwords are hashed, step back behind the thread that answers requests: without this a
 * flood of sign-ins takes from every other request the time that it waits for the processor. Linux only; elsewhere
 * priorities belong to whole processes. The threads start with the first work that they get.
 */
export async function stepBack(): Promise<void> {
  if (process.platform !== 'linux') return;
  const threads = await readdir('/proc/self/task').catch(() => []);
  await Promise.all(
    threads.map(async (thread) => {
      const name = await readFile(`/proc/self/task/${thread}/comm`, 'utf8').catch(() => '');
      if (name.startsWith('libuv-worker')) setPriority(Number(thread), NICE);
    }),
  );
}
