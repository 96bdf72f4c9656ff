import { BlockList, isIP } from 'node:net';
import { registerDecorator } from 'class-validator';

interface Network {
  address: string;
  family: 'ipv4' | 'ipv6';
  bits: number;
}

/** An address, or a network in CIDR notation (RFC 4632): `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/32`. */
function parse(text: string): Network | undefined {
  const [, address = '', bits] = /^([^/%]{2,45})(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  if (version === 0 || Number(bits ?? 0) > most) return undefined;
  return { address, family: version === 4 ? 'ipv4' : 'ipv6', bits: Number(bits ?? most) };
}

/** Whether an address lies in one of the networks. */
export function insideOf(networks: string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const parsed = parse(network);
    if (parsed) list.addSubnet(parsed.address, parsed.bits, parsed.family);
  }
  return (given) => {
    // Without the zone of a link-local address. What a proxy claims need not be an address at all.
    const [address = ''] = given.split('%');
    return isIP(address) !== 0 && list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  };
}

/** Whether all of a network lies within one of the networks. */
export function within(networks: string[]): (network: string) => boolean {
  const outer = networks.map((network) => ({ bits: fixedBits(network), holds: insideOf([network]) }));
  return (network) => {
    const inner = parse(network);
    return inner !== undefined && outer.some(({ bits, holds }) => bits <= fixedBits(network) && holds(inner.address));
  };
}

/** How many bits of an address a network says, of the 128 that it has when IPv4 is mapped into IPv6 (RFC 4291 §2.5.5.2). */
function fixedBits(network: string): number {
  const { family, bits } = parse(network) ?? { family: 'ipv6', bits: 128 };
  return family === 'ipv4' ? bits + 96 : bits;
}

/** A list of addresses and networks. */
export function IsNetworks(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isNetwork',
      target: target.constructor,
      propertyName: String(property),
      options: { each: true, message: 'must be addresses or networks such as 203.0.113.0/24.' },
      validator: { validate: (value: unknown) => typeof value === 'string' && parse(value) !== undefined },
    });
}
