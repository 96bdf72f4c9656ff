import { IsInt, IsString, IsUrl, Matches, Max, Min } from 'class-validator';
import { Env } from '../config/settings.js';

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
  @Env('GALLEY_PUBLIC_URL', {
    does: 'the URL under which clients reach Galley; used in links; by default the address it listens on',
    takes: 'a URL such as https://shop.example.com',
  })
  publicUrl: string;

  @Matches(/^(\*|https?:\/\/[^\s,]+(,https?:\/\/[^\s,]+)*)$/)
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

  @Matches(/^(false|true|\d{1,2}|[\da-f.:/,]+)$/i)
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
    return (this.publicUrl ?? `http://${this.host === '0.0.0.0' ? '127.0.0.1' : this.host}:${this.port}`).replace(
      /\/$/,
      '',
    );
  }
}
