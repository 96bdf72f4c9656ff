import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from './temporary.js';

const PLACES = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-port=0',
];

// Whatever the protocol answers; https://chromedevtools.github.io/devtools-protocol/ has its shapes.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Result = any;

/** A browser without a screen, driven by the Chrome DevTools Protocol. */
export class Chromium {
  private process: ChildProcess;
  private socket: WebSocket;
  private folder: TemporaryFolder;
  private sessionId: string;
  private sent = 0;
  private readonly waiting = new Map<number, { resolve(result: Result): void; reject(error: Error): void }>();

  async start(): Promise<void> {
    const program = PLACES.find((place) => existsSync(place));
    if (!program) {
      throw new Error('There is no Chromium: run `apt-get install -y chromium`, or name one in CHROMIUM.');
    }
    this.folder = await temporaryFolder();
    this.process = spawn(program, [...FLAGS, `--user-data-dir=${this.folder.path}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.socket = await connected(await this.address());
    this.socket.addEventListener('message', ({ data }) => this.hear(String(data)));
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    this.sessionId = sessionId;
  }

  async stop(): Promise<void> {
    this.socket?.close();
    if (this.process && this.process.exitCode === null) {
      const gone = new Promise((resolve) => this.process.once('exit', resolve));
      this.process.kill();
      await gone;
    }
    await this.folder?.remove();
  }

  /** One call of the protocol, to the page once there is one. */
  send(method: string, params: object = {}): Promise<Result> {
    const id = ++this.sent;
    const message = { id, method, params, ...(this.sessionId ? { sessionId: this.sessionId } : {}) };
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify(message));
    });
  }

  /** Goes to a page and waits until it is there. */
  async open(url: string): Promise<void> {
    const { errorText } = await this.send('Page.navigate', { url });
    if (errorText) throw new Error(`${url}: ${errorText}`);
    await this.run('document.readyState === "complete" || new Promise((done) => addEventListener("load", done))');
  }

  /** What a script on the page gives, as JSON. @throws what it throws. */
  async run(expression: string): Promise<Result> {
    const options = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', options);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  private async address(): Promise<string> {
    const lines: string[] = [];
    for await (const line of createInterface({ input: this.process.stderr! })) {
      const address = /^DevTools listening on (ws:\S+)$/.exec(line)?.[1];
      // Nobody reads the rest; it must not fill the pipe.
      this.process.stderr!.resume();
      if (address) return address;
      lines.push(line);
    }
    throw new Error(`Chromium does not start: ${lines.join('\n')}`);
  }

  private hear(data: string): void {
    const { id, result, error } = JSON.parse(data) as { id?: number; result?: Result; error?: { message: string } };
    const asked = id === undefined ? undefined : this.waiting.get(id);
    if (id === undefined || !asked) return;
    this.waiting.delete(id);
    if (error) asked.reject(new Error(error.message));
    else asked.resolve(result);
  }
}

function connected(address: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address);
    socket.addEventListener('open', () => resolve(socket));
    socket.addEventListener('error', () => reject(new Error(`Chromium does not answer at ${address}.`)));
  });
}

/** A browser for the tests of this file. Without Chromium they fail. */
export function chromium(): Chromium {
  const browser = new Chromium();
  beforeAll(() => browser.start());
  afterAll(() => browser.stop());
  return browser;
}
