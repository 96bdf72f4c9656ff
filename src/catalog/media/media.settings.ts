import { IsInt, IsUrl, Matches, Max, Min } from 'class-validator';
import { Env } from '../../platform/index.js';

export class MediaSettings {
  @IsInt()
  @Min(1)
  @Max(200)
  @Env('GALLEY_MEDIA_MB', {
    default: '20',
    does: 'how large a picture may be that is uploaded',
    takes: 'a number of megabytes, 1 to 200',
  })
  megabytes: number;

  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  @Matches(/^[^?#']*$/)
  @Env('GALLEY_MEDIA_URL', {
    does: 'address that stands for /v1/media in the addresses of pictures, where a CDN is in front of it',
    takes: 'a URL such as https://cdn.example.com/v1/media',
  })
  url: string;

  get mostBytes(): number {
    return this.megabytes * 1024 * 1024;
  }
}
