import { IsIn, IsOptional, IsString, Matches, Max, MaxLength, Min, ValidateBy } from 'class-validator';
import { Env } from '../../platform/index.js';

const NAME = '[a-z][a-z\\d]{0,29}';
const ORIGIN = 'https?://[^\\s,/?#@]+';
/** Of an app: a scheme in the manner of a domain turned round (RFC 8252 §7.1). */
const APP = '[a-z][a-z\\d-]*(\\.[a-z\\d-]+)+:/[^\\s,#]*';

export class OidcSettings {
  @Matches(new RegExp(`^${NAME}(,${NAME})*$`))
  @Env('GALLEY_OIDC_PROVIDERS', {
    does: 'providers of external sign-in; each has the settings GALLEY_OIDC_<NAME>_… with its name in capitals',
    takes: 'a comma-separated list of names such as google,corp',
  })
  providers: string;

  @Matches(new RegExp(`^(${ORIGIN}|${APP})(,(${ORIGIN}|${APP}))*$`))
  @Env('GALLEY_OIDC_RETURN_TO', {
    does: 'where external sign-in may lead back to, besides GALLEY_SHOP_URL: origins of pages, and addresses of apps',
    takes: 'a comma-separated list such as https://admin.example.com,com.example.app:/sign-in',
  })
  returnTo: string;

  @Min(0.01)
  @Max(60)
  @Env('GALLEY_OIDC_TIMEOUT', {
    default: '5',
    does: 'seconds that one question to a provider of external sign-in may take',
    takes: 'a number of seconds, 0.01 to 60',
  })
  timeout: number;
}

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** Over http anybody on the way can be the provider: only on this machine, and never in production. */
export function isPlainHttp(issuer: string): boolean {
  return new URL(issuer).protocol === 'http:';
}

function isIssuer(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, hostname, search, hash, username, password } = new URL(value);
  if (search || hash || username || password) return false;
  return (
    protocol === 'https:' ||
    (protocol === 'http:' && LOOPBACK.test(hostname) && process.env['NODE_ENV'] !== 'production')
  );
}

/** One provider. */
export class OidcProviderSettings {
  @ValidateBy({ name: 'isIssuer', validator: { validate: isIssuer } })
  @Env('GALLEY_OIDC_<NAME>_ISSUER', {
    each: 'GALLEY_OIDC_PROVIDERS',
    does: 'who the provider is: /.well-known/openid-configuration below it says the rest',
    takes: 'an https URL such as https://accounts.google.com; outside production also http on this machine',
  })
  issuer: string;

  @IsString()
  @MaxLength(500)
  @Env('GALLEY_OIDC_<NAME>_CLIENT_ID', {
    each: 'GALLEY_OIDC_PROVIDERS',
    does: 'as what Galley is registered with the provider, with the redirect URI GALLEY_PUBLIC_URL/v1/auth/oidc/<name>/callback',
    takes: 'the client id that the provider has given',
  })
  clientId: string;

  @IsOptional()
  @IsString()
  @MaxLength(2000)
  @Env('GALLEY_OIDC_<NAME>_CLIENT_SECRET', {
    each: 'GALLEY_OIDC_PROVIDERS',
    does: 'what Galley proves that with; without, as a public client',
    takes: 'the client secret that the provider has given',
    secret: true,
  })
  clientSecret: string | undefined;

  @IsIn(['basic', 'post'])
  @Env('GALLEY_OIDC_<NAME>_CLIENT_AUTH', {
    each: 'GALLEY_OIDC_PROVIDERS',
    default: 'basic',
    does: 'how it is sent: in the Authorization header (basic), or in the body (post)',
    takes: 'basic or post',
  })
  clientAuth: 'basic' | 'post';

  @IsOptional()
  @IsString()
  @Matches(/^[^\p{Cc}]{1,60}$/u)
  @Env('GALLEY_OIDC_<NAME>_TITLE', {
    each: 'GALLEY_OIDC_PROVIDERS',
    does: 'what buttons call the provider; by default its name',
    takes: 'up to 60 characters',
  })
  title: string | undefined;

  @IsOptional()
  @Matches(/^[^\s,]+(,[^\s,]+)*$/)
  @Env('GALLEY_OIDC_<NAME>_MFA', {
    each: 'GALLEY_OIDC_PROVIDERS',
    does: 'values of amr or acr with which the provider says that it has seen a second factor; by default Galley asks for its own',
    takes: 'a comma-separated list such as mfa',
  })
  mfa: string | undefined;

  /** Does what the provider says of how somebody signed in count as two factors? */
  countsAsMfa(amr: string[], acr: string | undefined): boolean {
    const trusted = this.mfa?.split(',') ?? [];
    return [...amr, ...(acr === undefined ? [] : [acr])].some((value) => trusted.includes(value));
  }
}
