import { IsInt, IsUrl, Max, Min } from 'class-validator';
import { Env } from '../config/settings.js';

export class DatabaseSettings {
  @IsUrl({ protocols: ['postgres', 'postgresql'], require_tld: false, require_protocol: true })
  @Env('DATABASE_URL', {
    does: 'PostgreSQL 15 or later to use instead of the embedded one',
    takes: 'a URL such as postgres://user:password@host:5432/galley',
    secret: true,
  })
  url: string;

  @IsInt()
  @Min(2)
  @Max(200)
  @Env('GALLEY_POOL_SIZE', {
    default: '10',
    does: 'database connections of this process',
    takes: 'a number, 2 to 200',
  })
  poolSize: number;
}
