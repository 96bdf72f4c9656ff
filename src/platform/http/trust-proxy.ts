import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';

/** Whether to believe what this address says of the one before it; hop 0 is who has connected. */
export type Trust = (address: string, hop: number) => boolean;

export type ClientAddress = (request: IncomingMessage) => string;

/** As GALLEY_TRUST_PROXY says. Undefined believes nobody. */
export function trustOf(value: string): Trust | undefined {
  if (value === 'false') return undefined;
  if (value === 'true') return () => true;
  return /^\d+$/.test(value) ? (_, hop) => hop < Number(value) : proxyAddr.compile(value.split(','));
}

/** Who sends a request, behind all those that are trusted. */
export function clientAddressOf(trust: Trust | undefined): ClientAddress {
  const connected = ({ socket }: IncomingMessage) => socket.remoteAddress ?? '';
  return trust ? (request) => proxyAddr(request, trust) : connected;
}
