import { Injectable } from '@nestjs/common';
import { Every, Job } from '../../platform/index.js';
import { ImportRunner } from './import-runner.service.js';
import { IMPORT } from './imports.service.js';

@Injectable()
export class ImportsJobs {
  constructor(private readonly runner: ImportRunner) {}

  @Job(IMPORT)
  async run({ importId }: { importId: string }): Promise<void> {
    await this.runner.run(importId);
  }

  @Every('* * * * *', 'catalog.resume-imports')
  async resume(): Promise<void> {
    await this.runner.resume();
  }

  @Every('17 4 * * *', 'catalog.forget-imports')
  async forget(): Promise<void> {
    await this.runner.forget();
  }
}
