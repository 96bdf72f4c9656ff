import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a database that can lose connections as networks do: without a word to either end. */
export interface Proxy {
  url: string;
  /** From now on nothing passes on the connections that have been opened with these words, such as a name. */
  silence(words: string): void;
}

export async function openProxy(databaseUrl: string): Promise<Proxy> {
  const url = new URL(databaseUrl);
  const open: { first: string; client: Socket; server: Socket }[] = [];
  const proxy = createServer((client) => {
    const server = connect(Number(url.port), url.hostname);
    client.once('data', (chunk) => open.push({ first: chunk.toString('latin1'), client, server }));
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const)
      one.on('error', () => {}).on('close', () => other.destroy());
    client.pipe(server).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  // It ends with the process: what is connected through it may outlive the test.
  proxy.unref();
  const through = new URL(databaseUrl);
  through.port = String((proxy.address() as AddressInfo).port);
  return {
    url: through.href,
    silence: (words) => {
      for (const { first, client, server } of open) {
        if (!first.includes(words)) continue;
        client.unpipe(server).pause();
        server.unpipe(client).pause();
      }
    },
  };
}
