import { Injectable } from '@nestjs/common';
import { Job } from '../jobs/job.decorators.js';
import { Mailer } from '../mail/mailer.js';
import { FINISH, People } from './people.js';

/** What an erasing transaction leaves for later. Its jobs name an account that is gone. */
@Injectable()
export class ErasingJobs {
  constructor(
    private readonly people: People,
    private readonly mailer: Mailer,
  ) {}

  @Job(FINISH)
  async finish({ userId }: { userId: string }): Promise<void> {
    await this.mailer.forget(userId);
    await this.people.eraseAgain(userId);
  }
}
