/** Platform: what every module stands on, and nothing that a merchant would recognise. */
export { CachedBody } from './cache/cached-body.js';
export { ReadCache } from './cache/read-cache.js';
export { type CliAction, CliCommand } from './cli/cli-command.js';
export { badSetting, Env, readEach, readSettings, SettingError, settings } from './config/settings.js';
export { Database, Transactional } from './database/database.js';
export { Notifications } from './database/notifications.js';
export { refusing } from './database/violations.js';
export { whereOf } from './database/where.js';
export * from './errors/problems.js';
export {
  BadRequest,
  Conflict,
  type FieldError,
  Forbidden,
  Invalid,
  NotFound,
  OutcomeUnknown,
  PaymentRefused,
  PreconditionFailed,
  Problem,
  Refusal,
  TooMany,
  Unauthenticated,
  Unavailable,
} from './errors/refusal.js';
export { DomainEvent, On, OnBatch } from './events/domain-event.js';
export { Events } from './events/events.js';
export { faultPoint } from './faults.js';
export { FileStore, type StoredFile } from './files/file-store.js';
export { Scratch } from './files/scratch.js';
export {
  ACCESS,
  type Access,
  Anonymous,
  type Caller,
  CurrentUser,
  ENROLLING,
  Enrolling,
  Permissions,
  Public,
  RawBody,
  RECENT_SIGN_IN,
  RecentSignIn,
  type RecentSignInRule,
  type RequestWithCaller,
  Requires,
  SignedIn,
} from './http/access.js';
export { matches as namesEtag } from './http/cached-answers.js';
export { ApiCode, IsCode } from './http/code.validator.js';
export { Composed } from './http/composed.js';
export { describedPermissions } from './http/described-permissions.js';
export { Flag } from './http/flag.js';
export { Form, type FormBody, type ReceivedForm, receiveForm, TakesForm } from './http/form-body.js';
export { IsGiven } from './http/given.validator.js';
export { HttpSettings } from './http/http.settings.js';
export { AcceptLanguage, Locales } from './http/locales.js';
export { Moved, MovedResponse, Moves } from './http/moved.js';
export { OneOrMore } from './http/one-or-more.js';
export {
  CachedRead,
  Created,
  Download,
  Idempotent,
  NotStored,
  Refuses,
  Unchanging,
  Versioned,
} from './http/operation.js';
export { PageQuery } from './http/paging.dto.js';
export { decodeCursor, encodeCursor, isId, isTime, isWords, paginate } from './http/paging.js';
export { IfMatch, isUuid, ParseUuid } from './http/params.js';
export { statusOf } from './http/problem-body.js';
export { currentRequestId } from './http/request-context.js';
export { BodyStream, type StreamedBody, Streams } from './http/streamed-body.js';
export { IsText } from './http/text.validator.js';
export { IsTime, isMoment } from './http/time.validator.js';
export { Unaddressed } from './http/unaddressed.js';
export { checkedAs } from './http/validation.pipe.js';
export { WholeNumber } from './http/whole-number.js';
export { IdempotencyService } from './idempotency/idempotency.service.js';
export { IdempotentReplay } from './idempotency/idempotent-replay.js';
export { newId } from './ids.js';
export { Every, Job } from './jobs/job.decorators.js';
export { Jobs } from './jobs/jobs.js';
export { bodiesOf, type Letter } from './mail/letter.js';
export { type Mail, Mailer } from './mail/mailer.js';
export { Money, MoneyInput } from './money.dto.js';
export { allocate, exponentOf, IsCurrency, isCurrency, MAX_AMOUNT, type MoneyJson, roundHalfUp } from './money.js';
export { Readiness } from './observability/health.controller.js';
export { People } from './personal-data/people.js';
export { Erases, PersonalData } from './personal-data/personal-data.decorators.js';
export { PlatformModule } from './platform.module.js';
export { SecretBox } from './secrets/secret-box.js';
