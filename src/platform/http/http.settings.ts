import { isIP } from 'node:net';
import { IsInt, IsString, IsUrl, Matches, Max, Min, ValidateBy } from 'class-validator';
import { Env } from '../config/settings.js';

/** `true`, `false`, how many proxies, or their addresses and networks. */
function isTrust(value: unknown): boolean {
  const text = String(value);
  if (/^(true|false|\d{1,2})$/.test(text)) return true;
  return text.split(',').every((place) => {
    const [address = '', bits, ...rest] = place.split('/');
    const version = isIP(address);
    const widest = version === 6 ? 128 : 32;
    return (
      version > 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= widest))
    );
  });
}

export class HttpSettings {
  @IsInt()
  @Min(0)
  @Max(65535)
  @Env('PORT', { default: '3000', does: 'port to listen on; 0 picks a free one', takes: 'a port number, 0 to 65535' })
  port: number;

  @IsString()
  @Matches(/^[\w.:-]+$/)
  @Env('HOST', {
    default: '127.0.0.1',
    does: 'address to listen on; 0.0.0.0 for all',
    takes: 'an IP address or a host name',
  })
  host: string;

  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  @Matches(/^[^?#]*$/)
  @Env('GALLEY_PUBLIC_URL', {
    does: 'the URL under which clients reach Galley; used in links; by default the address it listens on',
    takes: 'a URL such as https://shop.example.com',
  })
  publicUrl: string;

  // An origin has no path, not even a slash: with one it would never match.
  @Matches(/^(\*|https?:\/\/[^\s,/]+(,https?:\/\/[^\s,/]+)*)$/)
  @Env('GALLEY_CORS_ORIGINS', {
    does: 'origins whose pages may call the API from a browser; none by default',
    takes: 'a comma-separated list of origins such as https://shop.example.com, or *',
  })
  corsOrigins: string;

  @Matches(/^(off|[1-9]\d{0,8}\/[1-9]\d{0,5})$/)
  @Env('GALLEY_RATE_LIMIT', {
    default: '6000/60',
    does: 'requests per seconds that one address may make',
    takes: 'requests/seconds such as 6000/60, or off',
  })
  rateLimit: string;

  @ValidateBy({ name: 'isTrust', validator: { validate: isTrust } })
  @Env('GALLEY_TRUST_PROXY', {
    default: 'false',
    does: 'whose X-Forwarded-For tells the client address',
    takes: 'true, false, a number of proxies, or a list of addresses and networks',
  })
  trustProxy: string;

  @IsInt()
  @Min(1024)
  @Max(100 * 1024 * 1024)
  @Env('GALLEY_BODY_LIMIT', {
    default: '1048576',
    does: 'largest request body in bytes',
    takes: 'a number of bytes, 1024 to 104857600',
  })
  bodyLimit: number;

  /** The URL that links start with, without a slash at the end. */
  get baseUrl(): string {
    return (this.publicUrl ?? `http://${reachable(this.host)}:${this.port}`).replace(/\/+$/, '');
  }
}

/** How this machine reaches an address that we listen on, as it stands in a URL. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
