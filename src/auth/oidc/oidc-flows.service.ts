import { Injectable } from '@nestjs/common';
import { type Caller, Database } from '../../platform/index.js';
import { hashOf } from '../sessions/tokens.js';
import { newFlowToken, secretsOf } from './flow-secrets.js';
import { Landing } from './landing.js';
import { ExternalSignInExpired } from './oidc.errors.js';
import type { OidcProvider, ProvenPerson, ProviderAnswer } from './oidc-provider.js';
import { OidcProviders } from './oidc-providers.service.js';

export const FLOW_SECONDS = 600;
/** Seconds; between the provider and the database. */
const CLOCKS_DIFFER_BY = 30;

/** What a flow is for: nothing else, and for no other person and session. */
export type FlowUse = { purpose: 'sign_in' } | { purpose: 'link' | 'step_up'; caller: Caller };

/** What the provider answered, and what the client has kept since the beginning. */
export type FlowAnswer = ProviderAnswer & { flowToken: string };

export interface BegunFlow {
  url: string;
  flowToken: string;
}

const BEGIN = `
  INSERT INTO auth.oidc_flows (hash, state_hash, provider, purpose, user_id, session_id, redirect_to, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => $8))`;

const FIND = `
  SELECT redirect_to AS "redirectTo" FROM auth.oidc_flows
  WHERE state_hash = $1 AND provider = $2 AND expires_at > now()`;

const USE = `
  DELETE FROM auth.oidc_flows
  WHERE hash = $1 AND state_hash = $2 AND provider = $3 AND purpose = $4
    AND user_id IS NOT DISTINCT FROM $5 AND session_id IS NOT DISTINCT FROM $6 AND expires_at > now()
  RETURNING extract(epoch FROM created_at)::float AS begun`;

/**
 * Ways to a provider and back. Each belongs to whoever has its flow token: the token went to the page or app that began,
 * and comes along with the answer of the provider. So nobody ends in their browser what somebody else has begun, and who
 * sees an answer on its way cannot use it.
 */
@Injectable()
export class OidcFlows {
  constructor(
    private readonly database: Database,
    private readonly providers: OidcProviders,
    private readonly landing: Landing,
  ) {}

  /** @throws {ProviderUnavailable} {ValidationFailed} */
  async begin(provider: OidcProvider, use: FlowUse, redirectTo: string | undefined): Promise<BegunFlow> {
    const landing = this.landing.choose(redirectTo);
    const secrets = secretsOf(newFlowToken());
    const { flowToken, state } = secrets;
    const anew = use.purpose === 'step_up';
    const url = await provider.authorizationUrl(secrets, this.providers.redirectUri(provider), anew);
    await this.database.query(BEGIN, [
      hashOf(flowToken),
      hashOf(state),
      provider.name,
      ...valuesOf(use),
      landing,
      FLOW_SECONDS,
    ]);
    return { url, flowToken };
  }

  /**
   * The address of the page or app that began, with the answer behind #: browsers send that part to no server, and no
   * referrer has it. @throws {ExternalSignInExpired}
   */
  async leadBack(provider: OidcProvider, query: Record<string, unknown>): Promise<string> {
    const state = textOf(query['state']) ?? '';
    const [flow] = await this.database.query<{ redirectTo: string }>(FIND, [hashOf(state), provider.name]);
    const landing = flow?.redirectTo ?? this.landing.usual;
    if (landing === undefined) throw new ExternalSignInExpired();
    return `${landing}#${new URLSearchParams({ provider: provider.name, ...(flow ? answerIn(query) : EXPIRED) })}`;
  }

  /**
   * Uses it up, whatever comes of it: of many at once, one goes on.
   * @returns undefined when the answer is not good. @throws {ExternalSignInExpired} {ProviderUnavailable}
   */
  async finish(
    provider: OidcProvider,
    use: FlowUse,
    { flowToken, ...answer }: FlowAnswer,
  ): Promise<ProvenPerson | undefined> {
    const params = [hashOf(flowToken), hashOf(answer.state), provider.name, ...valuesOf(use)];
    const [flow] = await this.database.query<{ begun: number }>(USE, params);
    if (!flow) throw new ExternalSignInExpired();
    const person = await provider.prove(answer, secretsOf(flowToken), this.providers.redirectUri(provider));
    // Not every provider does what it is asked to: only one that says so has seen them anew.
    return use.purpose === 'step_up' && person && person.authTime < flow.begun - CLOCKS_DIFFER_BY ? undefined : person;
  }
}

const EXPIRED = { error: 'expired' };

/** What the page needs of it. Words that a stranger could have put there are left out. */
function answerIn(query: Record<string, unknown>): Record<string, string> {
  const [code, state, iss, error] = ['code', 'state', 'iss', 'error'].map((name) => textOf(query[name]));
  if (code === undefined || state === undefined) {
    return { error: error && /^[a-z_]{1,60}$/.test(error) ? error : 'server_error' };
  }
  return { code, state, ...(iss === undefined ? {} : { iss }) };
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= 4000 ? value : undefined;

const valuesOf = (use: FlowUse): (string | null)[] =>
  'caller' in use ? [use.purpose, use.caller.id, use.caller.sessionId] : [use.purpose, null, null];
