import { IsIn } from 'class-validator';
import { Env } from '../config/settings.js';

export class LogSettings {
  @IsIn(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
  @Env('GALLEY_LOG_LEVEL', {
    default: 'info',
    does: 'how much is logged; info has one line for each request',
    takes: 'trace, debug, info, warn, error, fatal or silent',
  })
  level: string;
}
