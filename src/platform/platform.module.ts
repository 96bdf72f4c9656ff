import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import { CacheSettings } from './cache/cache.settings.js';
import { ReadCache } from './cache/read-cache.js';
import { settings } from './config/settings.js';
import { DatabaseModule } from './database/database.module.js';
import { Notifications } from './database/notifications.js';
import { Events } from './events/events.js';
import { Relay } from './events/relay.js';
import { FileStore } from './files/file-store.js';
import { FilesSettings } from './files/files.settings.js';
import { openFileStore } from './files/open-file-store.js';
import { Scratch } from './files/scratch.js';
import { AnswerInterceptor } from './http/answer.interceptor.js';
import { HttpSettings } from './http/http.settings.js';
import { LocaleSettings, Locales } from './http/locales.js';
import { ProblemFilter } from './http/problem.filter.js';
import { ValidationPipe } from './http/validation.pipe.js';
import { IdempotencyEraser } from './idempotency/idempotency.eraser.js';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.js';
import { IdempotencyJobs } from './idempotency/idempotency.jobs.js';
import { IdempotencyService } from './idempotency/idempotency.service.js';
import { IdempotencySettings } from './idempotency/idempotency.settings.js';
import { DeadLettersCommand, RedriveCommand } from './jobs/dead-letters.command.js';
import { DeadLetters } from './jobs/dead-letters.js';
import { Handlers } from './jobs/handlers.js';
import { JobStore } from './jobs/job-store.js';
import { Jobs } from './jobs/jobs.js';
import { BackgroundWork } from './jobs/lifecycle.js';
import { RoleSettings } from './jobs/role.settings.js';
import { Worker } from './jobs/worker.js';
import { MailSettings } from './mail/mail.settings.js';
import { Mailer } from './mail/mailer.js';
import { openMailer } from './mail/open-mailer.js';
import { HealthController, Readiness } from './observability/health.controller.js';
import { LogSettings } from './observability/log.settings.js';
import { MetricsController } from './observability/metrics.controller.js';
import { Metrics } from './observability/metrics.js';
import { OperationsInterceptor } from './operations.interceptor.js';
import { ErasingJobs } from './personal-data/erasing.jobs.js';
import { People } from './personal-data/people.js';
import { openSecretBox } from './secrets/open-secret-box.js';
import { SecretBox } from './secrets/secret-box.js';
import { SecretsSettings } from './secrets/secrets.settings.js';

/** What every module stands on. It knows none of them. */
@Global()
@Module({
  imports: [DatabaseModule, DiscoveryModule],
  controllers: [HealthController, MetricsController],
  providers: [
    People,
    ErasingJobs,
    IdempotencyEraser,
    settings(HttpSettings),
    settings(LocaleSettings),
    Locales,
    settings(LogSettings),
    settings(CacheSettings),
    settings(RoleSettings),
    settings(IdempotencySettings),
    settings(MailSettings),
    { provide: Mailer, useFactory: openMailer, inject: [MailSettings] },
    settings(FilesSettings),
    { provide: FileStore, useFactory: openFileStore, inject: [FilesSettings] },
    Scratch,
    settings(SecretsSettings),
    { provide: SecretBox, useFactory: openSecretBox, inject: [SecretsSettings] },
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_PIPE, useClass: ValidationPipe },
    IdempotencyInterceptor,
    AnswerInterceptor,
    { provide: APP_INTERCEPTOR, useClass: OperationsInterceptor },
    Notifications,
    ReadCache,
    Handlers,
    JobStore,
    Worker,
    Relay,
    Events,
    Jobs,
    BackgroundWork,
    DeadLetters,
    DeadLettersCommand,
    RedriveCommand,
    IdempotencyService,
    IdempotencyJobs,
    Metrics,
    Readiness,
  ],
  exports: [
    People,
    Readiness,
    DatabaseModule,
    Notifications,
    ReadCache,
    Events,
    Jobs,
    Mailer,
    FileStore,
    Scratch,
    SecretBox,
    IdempotencyService,
    HttpSettings,
    Locales,
    DiscoveryModule,
  ],
})
export class PlatformModule {}
