import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { User } from '../users/user.entity.js';

/** What an attempt to sign in counts for. */
export interface AttemptKeys {
  account: Buffer;
  address: Buffer;
  /** The account and the address together. */
  pair: Buffer;
}

export function attemptKeys(email: string, address: string): AttemptKeys {
  const [account, network] = [User.normalise(email), networkOf(address)];
  return { account: key('account', account), address: key('address', network), pair: key('pair', network, account) };
}

/** Who has one IPv6 address usually has all that share its first 64 bits (RFC 6177); IPv4 addresses stand for themselves. */
export function networkOf(address: string): string {
  const [bare = ''] = address.toLowerCase().split('%');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  if (mapped || !isIPv6(bare)) return mapped ?? bare;
  const [head = '', tail = ''] = bare.split('::');
  const groups = (text: string) => text.split(':').filter(Boolean);
  const left = groups(head);
  const missing = 8 - left.length - groups(tail).length - (tail.includes('.') ? 1 : 0);
  const all = [...left, ...(bare.includes('::') ? Array<string>(missing).fill('0') : []), ...groups(tail)];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

function key(...parts: string[]): Buffer {
  return createHash('sha256').update(parts.join('\0')).digest();
}
