import { IsInt, Max, Min } from 'class-validator';
import { Env } from '../../platform/index.js';

export class ImportsSettings {
  @IsInt()
  @Min(1)
  @Max(100_000)
  @Env('GALLEY_IMPORT_MB', {
    default: '512',
    does: 'how large a file of products may be that is sent to be imported',
    takes: 'a number of megabytes, 1 to 100000',
  })
  megabytes: number;
}
