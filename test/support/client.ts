import { checkAnswer } from './contract.js';

// What an answer holds is for each test to say; the document check has looked at its shape.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Body = any;

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Body;
}

type Headers = Record<string, string>;

/** Calls the API over HTTP as one caller. Every answer is held against the API document. */
export class Client {
  constructor(
    protected readonly baseUrl: string,
    private readonly token?: string,
  ) {}

  /** The same API, called with this access token. */
  with(token: string): Client {
    return new Client(this.baseUrl, token);
  }

  /** The same caller, elsewhere. */
  at(baseUrl: string): Client {
    return new Client(baseUrl, this.token);
  }

  get(path: string, headers?: Headers): Promise<Answer> {
    return this.send('GET', path, undefined, headers);
  }

  post(path: string, body?: unknown, headers?: Headers): Promise<Answer> {
    return this.send('POST', path, body, headers);
  }

  put(path: string, body?: unknown, headers?: Headers): Promise<Answer> {
    return this.send('PUT', path, body, headers);
  }

  patch(path: string, body?: unknown, headers?: Headers): Promise<Answer> {
    return this.send('PATCH', path, body, headers);
  }

  delete(path: string, headers?: Headers): Promise<Answer> {
    return this.send('DELETE', path, undefined, headers);
  }

  /** `body` as JSON, or exactly as it is when it is a string, bytes, a form or a stream. */
  async send(method: string, path: string, body?: unknown, headers: Headers = {}): Promise<Answer> {
    const raw = typeof body === 'string' || [Uint8Array, FormData, ReadableStream].some((type) => body instanceof type);
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      redirect: 'manual',
      duplex: 'half',
      headers: {
        ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = /[/+]json/.test(response.headers.get('content-type') ?? '');
    const answer = {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: json ? JSON.parse(text) : text,
    };
    await checkAnswer(this.baseUrl, method, path, answer);
    return answer;
  }
}
