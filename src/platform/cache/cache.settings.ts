import { IsInt, Max, Min } from 'class-validator';
import { Env } from '../config/settings.js';

export class CacheSettings {
  @IsInt()
  @Min(0)
  @Max(4096)
  @Env('GALLEY_CACHE_MB', {
    default: '32',
    does: 'memory for finished answers of public reads; 0 turns the cache off',
    takes: 'a number of megabytes, 0 to 4096',
  })
  megabytes: number;

  @IsInt()
  @Min(1)
  @Max(3600)
  @Env('GALLEY_CACHE_SECONDS', {
    default: '60',
    does: 'how long an answer is kept at most, should no write drop it before',
    takes: 'a number of seconds, 1 to 3600',
  })
  seconds: number;
}
