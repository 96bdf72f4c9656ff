import { setTimeout as pause } from 'node:timers/promises';

/** Asks again until there is an answer; fails when there is none after `limit` milliseconds. */
export async function until<T>(ask: () => T | null | Promise<T | null>, limit = 20_000): Promise<T> {
  for (const deadline = Date.now() + limit; Date.now() < deadline; await pause(10)) {
    const answer = await ask();
    if (answer !== null) return answer;
  }
  throw new Error(`No answer within ${limit} ms: ${ask}`);
}
