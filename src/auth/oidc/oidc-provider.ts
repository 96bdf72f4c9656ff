import { Logger } from '@nestjs/common';
import type { Configuration, IDToken, UserInfoResponse } from 'openid-client';
import type { FlowSecrets } from './flow-secrets.js';
import { ProviderUnavailable } from './oidc.errors.js';
import { isPlainHttp, type OidcProviderSettings } from './oidc.settings.js';
import { isRefusal } from './provider-faults.js';

const SCOPE = 'openid email profile';
/** OpenID Connect Core §2. */
const SUBJECT = /^[ -~]{1,255}$/;
const KEPT_MS = 3_600_000;
/** With a limit, however large, providers have to say when somebody signed in (OpenID Connect Core §3.1.2.1). */
const ONE_YEAR = '31536000';
/** What is as large as this counts something else, such as milliseconds. */
const NO_SECONDS = 1e11;
/** So long one that did not answer is not asked again. */
const REST_MS = 5000;

/** What the browser brought back from the provider. */
export interface ProviderAnswer {
  code: string;
  state: string;
  iss?: string | undefined;
}

/** What the provider calls somebody. */
export interface Identified {
  issuer: string;
  subject: string;
}

/** What the provider knows of somebody. */
export interface Profile {
  email: string | undefined;
  emailVerified: boolean;
  name: string | undefined;
}

/** Whom the provider says that it is. */
export interface ProvenPerson extends Identified {
  /** When they last proved to the provider who they are: seconds since 1970; 0 when it does not say. */
  authTime: number;
  /** The provider has seen a second factor, and its word counts. */
  mfa: boolean;
  /** Asks the provider where the ID token does not tell: for those who are new here. Undefined when it tells of another. @throws {ProviderUnavailable} */
  profile: () => Promise<Profile | undefined>;
}

/** One provider of external sign-in, by OpenID Connect. It is asked for the first time when somebody wants to sign in with it. */
export class OidcProvider {
  private readonly logger = new Logger(OidcProvider.name);
  private found: { configuration: Configuration; until: number } | undefined;
  private finding: Promise<Configuration> | undefined;
  private restsUntil = 0;

  constructor(
    readonly name: string,
    private readonly settings: OidcProviderSettings,
    private readonly timeout: number,
  ) {}

  get title(): string {
    return this.settings.title ?? this.name.charAt(0).toUpperCase() + this.name.slice(1);
  }

  /** Where to send the person; when `anew`, to sign in there however long they have been. @throws {ProviderUnavailable} */
  async authorizationUrl({ state, nonce, verifier }: FlowSecrets, redirectUri: string, anew: boolean): Promise<string> {
    const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await client();
    const configuration = await this.configuration();
    return buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: SCOPE,
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(anew ? { prompt: 'login', max_age: '0' } : { max_age: ONE_YEAR }),
    }).href;
  }

  /**
   * Exchanges the code. Issuer, state, nonce, audience, times and the signature of the ID token are checked.
   * @returns undefined when the answer is not good. @throws {ProviderUnavailable}
   */
  async prove(
    answer: ProviderAnswer,
    { state, nonce, verifier }: FlowSecrets,
    redirectUri: string,
  ): Promise<ProvenPerson | undefined> {
    const { authorizationCodeGrant } = await client();
    const configuration = await this.configuration();
    try {
      const tokens = await authorizationCodeGrant(configuration, answered(redirectUri, answer), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims || !SUBJECT.test(claims.sub)) return undefined;
      return this.personOf(claims, () => this.profile(configuration, claims, tokens.access_token));
    } catch (error) {
      return this.refused(error);
    }
  }

  /** Some providers have the e-mail address in the ID token, others tell it when they are asked. */
  private async profile(
    configuration: Configuration,
    claims: IDToken,
    accessToken: string,
  ): Promise<Profile | undefined> {
    if (claims['email'] !== undefined || !configuration.serverMetadata().userinfo_endpoint) return profileIn(claims);
    const { fetchUserInfo } = await client();
    try {
      return profileIn(await fetchUserInfo(configuration, accessToken, claims.sub));
    } catch (error) {
      return this.refused(error);
    }
  }

  /** Nothing when the answer is not good. @throws {ProviderUnavailable} when there was none. */
  private refused(error: unknown): undefined {
    this.complain(error);
    if (!isRefusal(error)) throw new ProviderUnavailable(this.name);
  }

  private personOf(claims: IDToken, profile: ProvenPerson['profile']): ProvenPerson {
    const { amr, acr, auth_time: authTime } = claims;
    return {
      issuer: claims.iss,
      subject: claims.sub,
      authTime: typeof authTime === 'number' && authTime > 0 && authTime < NO_SECONDS ? authTime : 0,
      profile,
      mfa: this.settings.countsAsMfa(
        Array.isArray(amr) ? amr.map(String) : [],
        typeof acr === 'string' ? acr : undefined,
      ),
    };
  }

  /** Discovered at the first use, and again every hour; while that fails, what is known goes on being used. */
  private async configuration(): Promise<Configuration> {
    const { found } = this;
    if (found && found.until > Date.now()) return found.configuration;
    try {
      if (this.restsUntil > Date.now()) throw new ProviderUnavailable(this.name);
      this.finding ??= this.discover().finally(() => {
        this.finding = undefined;
      });
      return await this.finding;
    } catch (error) {
      if (found) return found.configuration;
      throw error;
    }
  }

  private async discover(): Promise<Configuration> {
    const { allowInsecureRequests, ClientSecretBasic, ClientSecretPost, discovery, enableNonRepudiationChecks, None } =
      await client();
    const { issuer, clientId, clientSecret, clientAuth } = this.settings;
    const secret = clientAuth === 'post' ? ClientSecretPost : ClientSecretBasic;
    try {
      const configuration = await discovery(
        new URL(issuer),
        clientId,
        {},
        clientSecret === undefined ? None() : secret(clientSecret),
        {
          // The signature of the ID token is checked too, not only the connection that it came through.
          execute: [enableNonRepudiationChecks, ...(isPlainHttp(issuer) ? [allowInsecureRequests] : [])],
          timeout: this.timeout,
        },
      );
      this.found = { configuration, until: Date.now() + KEPT_MS };
      return configuration;
    } catch (error) {
      this.complain(error);
      this.restsUntil = Date.now() + REST_MS;
      throw new ProviderUnavailable(this.name);
    }
  }

  /** Never the error itself: codes and tokens hang on it. */
  private complain(thrown: unknown): void {
    const { message, code, error, cause } = (thrown ?? {}) as Record<string, unknown>;
    const { code: because } = (cause ?? {}) as { code?: unknown };
    this.logger.warn({ provider: this.name, message, code, because, said: error }, 'External sign-in fails.');
  }
}

function profileIn({ email, email_verified: verified, name }: IDToken | UserInfoResponse): Profile {
  return {
    email: typeof email === 'string' ? email : undefined,
    // Some say it in words.
    emailVerified: verified === true || String(verified) === 'true',
    name: typeof name === 'string' ? name : undefined,
  };
}

/** Loaded when somebody signs in with a provider: it brings much along. */
const client = () => import('openid-client');

function answered(redirectUri: string, { code, state, iss }: ProviderAnswer): URL {
  const url = new URL(redirectUri);
  url.search = new URLSearchParams({ code, state, ...(iss === undefined ? {} : { iss }) }).toString();
  return url;
}
