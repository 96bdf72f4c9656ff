import { IsBoolean, IsIn, IsInt, IsString, Max, Min } from 'class-validator';
import { Env } from '../config/settings.js';

export class ProcessSettings {
  @IsIn(['production', 'development', 'test'])
  @Env('NODE_ENV', {
    does: 'production refuses what is unsafe there: it needs DATABASE_URL and GALLEY_SECRETS_KEY, and fills no demo shop',
    takes: 'production, development or test',
  })
  nodeEnv: string;

  @IsString()
  @Env('GALLEY_DATA_DIR', {
    default: '.galley',
    does: 'folder of the embedded PostgreSQL and its data, when DATABASE_URL is not set, of mail that no server takes, of uploaded pictures without GALLEY_FILES, and of the key to secrets when GALLEY_SECRETS_KEY is not set',
    takes: 'a path',
  })
  dataDir: string;

  @IsBoolean()
  @Env('GALLEY_DEMO', {
    does: 'whether an empty catalogue is filled with a demo shop; by default yes, in production no',
    takes: 'true or false',
  })
  demo: boolean;

  @IsInt()
  @Min(0)
  @Max(120)
  @Env('GALLEY_DRAIN_SECONDS', {
    default: '0',
    does: 'how long a stopping process still takes requests while /health/ready answers 503: as long as a load balancer needs to notice',
    takes: 'a number of seconds, 0 to 120',
  })
  drainSeconds: number;

  get production(): boolean {
    return this.nodeEnv === 'production';
  }

  get seedsDemo(): boolean {
    return this.demo ?? !this.production;
  }
}
