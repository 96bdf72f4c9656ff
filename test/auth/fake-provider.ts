import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';

export const CLIENT_ID = 'galley';
export const CLIENT_SECRET = 'a secret: with + signs';

type Claims = Record<string, unknown>;

/** What goes wrong with one answer. */
export interface Tricks {
  /** Other claims in the ID token; undefined takes one away. */
  claims?: Claims;
  header?: Partial<JWTHeaderParameters>;
  /** Makes the ID token from its claims in another way. */
  idToken?: (claims: Claims) => string | Promise<string>;
  /** What the token endpoint answers instead. */
  answer?: { status: number; body: unknown };
}

interface Grant extends Tricks {
  person: Claims;
  nonce: string;
  challenge: string;
  redirectUri: string;
}

/** A small OpenID Connect provider that does what it is told, for what an honest one never does. */
export class FakeProvider {
  issuer: string;
  /** Requests, by path. */
  readonly asked: Record<string, number> = {};
  /** Changes what discovery says. */
  metadata: Claims = {};
  /** What it tells when it is asked about a person. */
  userinfo: { status: number; body: unknown } = { status: 404, body: {} };
  /** Answers nothing, and keeps the connection open. */
  silent = false;
  private server: Server;
  private readonly key = generateKeyPair('RS256');
  private readonly grants = new Map<string, Grant>();
  private readonly waiting: ServerResponse[] = [];

  static async start(): Promise<FakeProvider> {
    const provider = new FakeProvider();
    provider.server = createServer((request, response) => void provider.handle(request, response));
    provider.server.listen(0, '127.0.0.1');
    await once(provider.server, 'listening');
    provider.issuer = `http://127.0.0.1:${(provider.server.address() as AddressInfo).port}`;
    return provider;
  }

  /** As if the machine were gone; `start` on the same port brings it back. */
  async stop(): Promise<void> {
    for (const response of this.waiting.splice(0)) response.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async again(): Promise<void> {
    this.server.listen(Number(new URL(this.issuer).port), '127.0.0.1');
    await once(this.server, 'listening');
  }

  /** What the browser of this person brings back. */
  authorize(url: string, person: Claims, tricks: Tricks = {}): { code: string; state: string; iss: string } {
    const asked = new URL(url).searchParams;
    const code = randomUUID();
    this.grants.set(code, {
      person,
      ...tricks,
      nonce: asked.get('nonce') ?? '',
      challenge: asked.get('code_challenge') ?? '',
      redirectUri: asked.get('redirect_uri') ?? '',
    });
    return { code, state: asked.get('state') ?? '', iss: this.issuer };
  }

  async privateKey(): Promise<CryptoKey> {
    return (await this.key).privateKey;
  }

  async publicJwk(): Promise<JWK> {
    return { ...(await exportJWK((await this.key).publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '', this.issuer);
    this.asked[pathname] = (this.asked[pathname] ?? 0) + 1;
    if (this.silent) {
      this.waiting.push(response);
      return;
    }
    const { status, body } = await this.answer(pathname, request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  private async answer(path: string, request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    if (path === '/.well-known/openid-configuration') return { status: 200, body: this.configuration() };
    if (path === '/jwks') return { status: 200, body: { keys: [await this.publicJwk()] } };
    if (path === '/userinfo') return this.userinfo;
    if (path === '/token') return this.token(request);
    return { status: 404, body: {} };
  }

  private configuration(): Claims {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
      authorization_response_iss_parameter_supported: true,
      ...this.metadata,
    };
  }

  /** Strict about what a client has to send. */
  private async token(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const sent = new URLSearchParams(Buffer.concat(chunks).toString());
    const basic = `Basic ${Buffer.from(`${CLIENT_ID}:${encodeURIComponent(CLIENT_SECRET).replaceAll('%20', '+')}`).toString('base64')}`;
    if (request.headers.authorization !== basic) return { status: 401, body: { error: 'invalid_client' } };
    const code = sent.get('code') ?? '';
    const grant = this.grants.get(code);
    this.grants.delete(code);
    const challenge = createHash('sha256')
      .update(sent.get('code_verifier') ?? '')
      .digest('base64url');
    if (!grant || grant.challenge !== challenge || grant.redirectUri !== sent.get('redirect_uri')) {
      return { status: 400, body: { error: 'invalid_grant' } };
    }
    if (grant.answer) return grant.answer;
    return { status: 200, body: { access_token: 'at', token_type: 'Bearer', id_token: await this.idToken(grant) } };
  }

  private async idToken({ person, nonce, claims, header, idToken }: Grant): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const usual = { iss: this.issuer, aud: CLIENT_ID, iat: now, exp: now + 300, auth_time: now, nonce, ...person };
    const all = JSON.parse(JSON.stringify({ ...usual, ...claims })) as Claims;
    if (idToken) return idToken(all);
    return new SignJWT(all).setProtectedHeader({ alg: 'RS256', kid: 'one', ...header }).sign(await this.privateKey());
  }
}

/** The settings of these providers, by name. */
export function settingsFor(providers: Record<string, { issuer: string }>): Record<string, string> {
  return Object.fromEntries([
    ['GALLEY_OIDC_PROVIDERS', Object.keys(providers).join(',')],
    ...Object.entries(providers).flatMap(([name, { issuer }]) => [
      [`GALLEY_OIDC_${name.toUpperCase()}_ISSUER`, issuer],
      [`GALLEY_OIDC_${name.toUpperCase()}_CLIENT_ID`, CLIENT_ID],
      [`GALLEY_OIDC_${name.toUpperCase()}_CLIENT_SECRET`, CLIENT_SECRET],
    ]),
  ]) as Record<string, string>;
}
