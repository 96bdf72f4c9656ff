import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';
import { TooManyAttempts } from '../auth.errors.js';
import { ACCOUNT, type Candidate } from '../users/account.sql.js';
import { User } from '../users/user.entity.js';
import { type AttemptKeys, attemptKeys } from './attempt-keys.js';
import { AttemptsSettings } from './attempts.settings.js';

/** An attempt that may go on. It counts as a failure until it has succeeded. */
export interface Attempt extends AttemptKeys {
  /** It counts only for the account and its known address together. */
  trusted: boolean;
}

interface Decision {
  allowed: boolean;
  trusted: boolean;
  retryAfter: number;
}

/** How many more failures are free from an address that the account has signed in from. */
const TRUSTED_FACTOR = 10;
/** Seconds after which one failure is forgotten. */
const FORGET_SECONDS = 900;
const TRUST = `interval '90 days'`;

const FREE = `(CASE excluded.kind WHEN 'account' THEN $4::int WHEN 'address' THEN $5::int ELSE $6::int END)`;
// How often the delay doubles: an account stays open to new addresses every minute or so, an address has to wait longer.
const DOUBLINGS = `(CASE excluded.kind WHEN 'account' THEN 6 ELSE 10 END)`;
const COUNT = `least(
  greatest(a.failures - extract(epoch FROM now() - a.counted_at)::float8 / ${FORGET_SECONDS}, 0) + 1,
  ${FREE} + ${DOUBLINGS}
)`;

// Decides and counts in one statement, so that many attempts at once are counted one after the other. Rows are locked in
// the order of their keys, here and below, so that nobody waits for each other.
const COUNTED = `
  WITH trusted AS (
    SELECT FROM auth.sign_in_attempts
    WHERE key = $1 AND trusted_at > now() - ${TRUST} AND (blocked_until IS NULL OR blocked_until <= now())
  ), asked AS (
    SELECT key, kind FROM (VALUES ($1::bytea, 'pair'), ($2, 'account'), ($3, 'address')) AS k (key, kind)
    WHERE key IS NOT NULL AND (kind = 'pair') = EXISTS (SELECT FROM trusted)
  ), blocked AS (
    SELECT a.blocked_until FROM auth.sign_in_attempts a JOIN asked USING (key) WHERE a.blocked_until > now()
  ), counted AS (
    INSERT INTO auth.sign_in_attempts AS a (key, kind, failures)
    SELECT key, kind, 1 FROM asked WHERE NOT EXISTS (SELECT FROM blocked) ORDER BY key
    ON CONFLICT (key) DO UPDATE
    SET failures = ${COUNT}, counted_at = now(), updated_at = now(),
        blocked_until = CASE WHEN round(${COUNT}) >= ${FREE}
                        THEN now() + make_interval(secs => power(2, round(${COUNT}) - ${FREE})) END
    WHERE a.blocked_until IS NULL OR a.blocked_until <= now()
    RETURNING key
  )`;

// The statement is a transaction of its own, and need not wait for the disk: a crash may forget the last failures.
const DECIDED = `
  SELECT set_config('synchronous_commit', 'off', true), EXISTS (SELECT FROM trusted) AS trusted,
         (SELECT count(*) FROM counted) = (SELECT count(*) FROM asked) AS allowed,
         coalesce(ceil(extract(epoch FROM max(blocked_until) - now()))::int, 1) AS "retryAfter"
  FROM blocked`;

const BEGIN = `${COUNTED} ${DECIDED}`;

/** Takes an attempt back, whose values are the parameters from `first` on, once for each row of `after`. */
export const succeeding = (first: number, after = ''): string => `
  INSERT INTO auth.sign_in_attempts AS a (key, kind, failures, trusted_at)
  SELECT key, kind, 0, CASE kind WHEN 'pair' THEN now() END
  FROM (VALUES ($${first}::bytea, 'pair'), ($${first + 1}, 'account'), ($${first + 2}, 'address')) AS k (key, kind) ${after}
  WHERE kind = 'pair' OR NOT $${first + 3}::boolean ORDER BY key
  ON CONFLICT (key) DO UPDATE
  SET failures = CASE excluded.kind WHEN 'address' THEN greatest(a.failures - 1, 0) ELSE 0 END,
      blocked_until = NULL, trusted_at = excluded.trusted_at, updated_at = now()`;

const SUCCEED = succeeding(1);

// With the account, in one round trip. It is as it was when the statement began: should its password be replaced while attempts
// queue up here, the sign-in finds out in the end.
const BEGIN_SIGN_IN = `${COUNTED}, decided AS MATERIALIZED (${DECIDED})
  SELECT decided.allowed, decided.trusted, decided."retryAfter", owner.* FROM decided
  LEFT JOIN LATERAL (${ACCOUNT} WHERE u.email = $7 GROUP BY u.id) owner ON decided.allowed`;

/**
 * Slows down who guesses passwords, or who has an account, in all processes together. Failures are counted for the account
 * and for the address; past the first few, each doubles the time until the next attempt is looked at: up to a minute
 * for the account, a quarter of an hour for the address. Accounts that do not exist are counted like others.
 *
 * No stranger locks anyone out: an address from which the account has signed in lately has a count of its own, which the
 * failures of other addresses do not touch; should neighbours behind that address use it up, what holds for new addresses
 * is left. From a new address, the owner waits for a minute at most between the attempts of someone who guesses from many
 * addresses.
 */
@Injectable()
export class AttemptsService {
  constructor(
    private readonly database: Database,
    private readonly settings: AttemptsSettings,
  ) {}

  /** Before a password is looked at: a refused attempt costs one statement and no hashing. @throws {TooManyAttempts} */
  async begin(email: string, address: string): Promise<Attempt> {
    const keys = attemptKeys(email, address);
    const [decision] = await this.database.query<Decision>(BEGIN, this.valuesOf(keys));
    return { ...keys, trusted: demandAllowed(decision).trusted };
  }

  /** The same, and whose address it is: before it is known whether it is them. @throws {TooManyAttempts} */
  async beginSignIn(email: string, address: string): Promise<{ attempt: Attempt; candidate: Candidate | undefined }> {
    const keys = attemptKeys(email, address);
    const values = [...this.valuesOf(keys), User.normalise(email)];
    const [found] = await this.database.query<Decision & (Candidate | { id: null })>(BEGIN_SIGN_IN, values);
    const { allowed: _a, retryAfter: _r, trusted, ...owner } = demandAllowed(found);
    return { attempt: { ...keys, trusted }, candidate: owner.id === null ? undefined : owner };
  }

  /**
   * Before it is told whether an address has an account already: that it has one counts as a failure, for the address of
   * the client alone. Nobody locks out somebody else by asking for theirs. @throws {TooManyAttempts}
   */
  async beginRegistration(email: string, address: string): Promise<Attempt> {
    const keys = attemptKeys(email, address);
    const values = this.valuesOf({ pair: null, account: null, address: keys.address });
    demandAllowed((await this.database.query<Decision>(BEGIN, values))[0]);
    return { ...keys, trusted: false };
  }

  /** Takes the attempt back, and trusts the address with this account from now on. */
  async succeed({ pair, account, address, trusted }: Attempt): Promise<void> {
    await this.database.query(SUCCEED, [pair, account, address, trusted]);
  }

  /** It was proved at this address by other means than a password that it is its owner's. */
  async trust(email: string, address: string): Promise<void> {
    await this.succeed({ ...attemptKeys(email, address), trusted: true });
  }

  private valuesOf({ pair, account, address }: Record<keyof AttemptKeys, Buffer | null>): unknown[] {
    const { perAccount, perAddress } = this.settings;
    return [pair, account, address, perAccount, perAddress, perAccount * TRUSTED_FACTOR];
  }

  /** Deletes what has no say any more. */
  async forget(): Promise<void> {
    await this.database.query(
      `DELETE FROM auth.sign_in_attempts
       WHERE updated_at < now() - interval '2 days' AND coalesce(trusted_at < now() - ${TRUST}, true)`,
    );
  }
}

function demandAllowed<D extends Decision>(decision: D | undefined): D {
  if (!decision?.allowed) throw new TooManyAttempts(Math.max(1, decision?.retryAfter ?? 1));
  return decision;
}
