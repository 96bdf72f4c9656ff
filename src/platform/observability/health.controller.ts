import { Controller, Get, Injectable } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Database } from '../database/database.js';
import { NotAvailable } from '../errors/problems.js';
import { Anonymous } from '../http/access.js';
import { Refuses } from '../http/operation.js';
import { HealthResponse } from './health.dto.js';

/** Whether this process should get requests. */
@Injectable()
export class Readiness {
  /** It listens already, but the first start is not through: nothing is served yet. */
  starting = false;
  /** It is going: load balancers should look elsewhere while running requests finish. */
  stopping = false;
}

@ApiTags('operations')
@Controller('health')
export class HealthController {
  constructor(
    private readonly database: Database,
    private readonly readiness: Readiness,
  ) {}

  /**
   * Is the process alive?
   * @remarks Answers without looking at anything else: restart the process when it does not.
   */
  @Get('live')
  @Anonymous()
  live(): HealthResponse {
    return { status: 'ok' };
  }

  /**
   * Should the process get requests?
   * @remarks 503 while it stops or cannot reach its database.
   */
  @Get('ready')
  @Anonymous()
  @Refuses(NotAvailable)
  async ready(): Promise<HealthResponse> {
    if (this.readiness.starting) throw new NotAvailable('Galley is starting.');
    if (this.readiness.stopping) throw new NotAvailable('Galley is stopping.');
    try {
      await this.database.query('SELECT 1');
    } catch {
      throw new NotAvailable('The database cannot be reached.');
    }
    return { status: 'ok' };
  }
}
