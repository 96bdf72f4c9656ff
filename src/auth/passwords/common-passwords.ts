import { readFile } from 'node:fs/promises';

const LIST = '@zxcvbn-ts/language-common/src/passwords.json';

let loading: Promise<Set<string>> | undefined;

/**
 * Is among the passwords that people choose most, whatever the case. The list is that of zxcvbn, read when the first
 * password is chosen; of its 49,000 only those are kept that are long enough to be chosen here, 3 in 100.
 */
export async function isCommonPassword(password: string, shortest: number): Promise<boolean> {
  loading ??= load(shortest);
  return (await loading).has(password.normalize('NFKC').toLowerCase());
}

async function load(shortest: number): Promise<Set<string>> {
  // Its file, not its module, which could never be given back; and only the long ones, without making 49,000 strings.
  const text = await readFile(new URL(import.meta.resolve(LIST)), 'utf8');
  const long = new RegExp(`"(?:[^"\\\\]|\\\\.){${shortest},}"`, 'g');
  return new Set(text.match(long)?.map((literal) => JSON.parse(literal) as string));
}
