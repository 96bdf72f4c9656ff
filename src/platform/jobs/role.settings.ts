import { IsIn } from 'class-validator';
import { Env } from '../config/settings.js';

export type Role = 'all' | 'api' | 'worker';

export class RoleSettings {
  @IsIn(['all', 'api', 'worker'])
  @Env('GALLEY_ROLE', {
    default: 'all',
    does: 'what this process does: answer requests (api), relay events and run jobs (worker), or both (all)',
    takes: 'all, api or worker',
  })
  role: Role;

  get works(): boolean {
    return this.role !== 'api';
  }

  get serves(): boolean {
    return this.role !== 'worker';
  }
}
