import { randomUUID } from 'node:crypto';
import type { Person, TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import type { FakeProvider, Tricks } from './fake-provider.js';

export const SHOP = 'https://shop.example.com';

/** Somebody at a provider. */
export const somebody = (also: object = {}) => {
  const sub = randomUUID();
  return { sub, email: `${sub.slice(0, 8)}@example.com`, email_verified: true, ...also };
};

export interface Begun {
  url: string;
  flowToken: string;
}

export async function begin(client: Client, name: string, path = 'authorization', body: object = {}): Promise<Begun> {
  const answer = await client.post(`/v1/auth/oidc/${name}/${path}`, body);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

interface Way {
  provider: FakeProvider;
  name: string;
  person: Record<string, unknown>;
  tricks?: Tricks;
}

/** All of a sign-in with a fake provider. */
export async function signIn(app: TestApp, { provider, name, person, tricks }: Way): Promise<Answer> {
  const { url, flowToken } = await begin(app.anyone, name);
  return app.anyone.post(`/v1/auth/oidc/${name}/token`, { ...provider.authorize(url, person, tricks), flowToken });
}

/** All of linking. */
export async function link(client: Client, { provider, name, person, tricks }: Way): Promise<Answer> {
  const { url, flowToken } = await begin(client, name, 'link/authorization');
  return client.post(`/v1/auth/oidc/${name}/link`, { ...provider.authorize(url, person, tricks), flowToken });
}

/** As if they had used the link in the mail. */
export async function verifyEmail(app: TestApp, { id }: Pick<Person, 'id'>): Promise<void> {
  await app.db.query('UPDATE auth.users SET email_verified_at = now() WHERE id = $1', [id]);
}

export const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
