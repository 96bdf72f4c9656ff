import { Injectable } from '@nestjs/common';
import { Database, refusing } from '../../platform/index.js';
import { AccountMail } from '../account-mail/account-mail.js';
import { TooManyAttempts } from '../auth.errors.js';
import { AttemptsSettings } from '../throttling/attempts.settings.js';
import { InvalidCode } from './factors.errors.js';

/** Seconds after which one wrong code is forgotten. */
const FORGET_SECONDS = 21_600;
/** How often the delay doubles: up to 68 min. */
const DOUBLINGS = 12;

const COUNT = `least(
  greatest(a.failures - extract(epoch FROM now() - a.counted_at)::float8 / ${FORGET_SECONDS}, 0) + 1, $2::int + ${DOUBLINGS}
)`;

/**
 * Counts an attempt of the account that `whose` gives, unless it has to wait. Decides and counts in one statement, so that
 * many at once are counted one after the other. How many are free is $2.
 */
export const counting = (whose: string): string => `
    INSERT INTO auth.code_attempts AS a (user_id, failures) ${whose}
    ON CONFLICT (user_id) DO UPDATE
    SET failures = ${COUNT}, counted_at = now(), updated_at = now(),
        blocked_until = CASE WHEN round(${COUNT}) >= $2 THEN now() + make_interval(secs => power(2, round(${COUNT}) - $2)) END
    WHERE a.blocked_until IS NULL OR a.blocked_until <= now()
    RETURNING round(failures)::int AS failures`;

/** Of the account that `user` names in SQL. */
export const retryAfterOf = (user: string): string =>
  `(SELECT ceil(extract(epoch FROM blocked_until - now()))::int FROM auth.code_attempts WHERE user_id = ${user})`;

const BEGIN = `
  WITH counted AS (${counting('SELECT id, 1 FROM auth.users WHERE id = $1')})
  SELECT (SELECT failures FROM counted) AS failures, ${retryAfterOf('$1')} AS "retryAfter"`;

/** What {@link counting} did. */
export interface Counted {
  /** Null when it has to wait. */
  failures: number | null;
  retryAfter: number | null;
}

/** One that may be looked at. */
export interface CodeAttempt {
  failures: number;
}

/** @throws {TooManyAttempts} */
export function demandCounted({ failures, retryAfter }: Counted): CodeAttempt {
  if (!failures) throw new TooManyAttempts(Math.max(1, retryAfter ?? 1));
  return { failures };
}

/**
 * Slows down who guesses codes: of six digits, three are good at any time. They count for the account alone, from
 * whatever address and with whatever token they come, in all processes together. Only who knows the password gets here,
 * so no stranger can make the owner wait; and the owner is told.
 */
@Injectable()
export class CodeAttempts {
  constructor(
    private readonly database: Database,
    private readonly settings: AttemptsSettings,
    private readonly mail: AccountMail,
  ) {}

  /** Counts as a failure until it has succeeded. @throws {TooManyAttempts} {InvalidCode} when the account is gone. */
  async begin(userId: string): Promise<CodeAttempt> {
    const counted = this.database.query<Counted>(BEGIN, [userId, this.settings.perAccount]);
    const [answer] = await refusing(counted, { fk_code_attempts_user: () => new InvalidCode() });
    if (answer?.failures == null && answer?.retryAfter == null) throw new InvalidCode();
    return demandCounted(answer);
  }

  /** Tells the owner when the wrong codes begin to be too many: whoever sends them knows the password. */
  async fail(userId: string, { failures }: CodeAttempt): Promise<void> {
    if (failures === this.settings.perAccount) await this.mail.notice(userId, 'codes_guessed');
  }

  async succeed(userId: string): Promise<void> {
    await this.database.query(
      'UPDATE auth.code_attempts SET failures = 0, blocked_until = NULL, updated_at = now() WHERE user_id = $1',
      [userId],
    );
  }
}
