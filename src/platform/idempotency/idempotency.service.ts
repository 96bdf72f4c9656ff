import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { AnswerErased, IdempotencyInProgress, IdempotencyKeyReused } from '../errors/problems.js';
import type { Refusal } from '../errors/refusal.js';
import { HttpSettings } from '../http/http.settings.js';
import { problemBody } from '../http/problem-body.js';
import { currentIdempotency } from '../http/request-context.js';
import { newId } from '../ids.js';
import { IdempotencySettings } from './idempotency.settings.js';
import { IdempotentReplay } from './idempotent-replay.js';

interface StoredKey {
  fingerprint: string;
  status: number | null;
  headers: Record<string, string> | null;
  body: unknown;
  retryAfter: number;
}

// The advisory lock lets a second request see at once that the first is still inside its transaction, instead of
// waiting for it. A row whose lease has run out belongs to a request that died: whoever comes next takes it over.
const CLAIM = `
  INSERT INTO platform.idempotency_keys AS k (scope, key, fingerprint, resource_id, lease_until)
  SELECT $1, $2, $3, $4, now() + make_interval(secs => $5)
  WHERE pg_try_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 7))
  ON CONFLICT (scope, key) DO UPDATE SET lease_until = excluded.lease_until, updated_at = now()
    WHERE k.status IS NULL AND k.lease_until < now() AND k.fingerprint = excluded.fingerprint
  RETURNING resource_id AS "resourceId"`;

/** In place of the status of an answer that was erased. */
const ERASED = 410;

/** An address is another when its first or last letters are missing. */
const WHOLE = String.raw`'(^|["\s<>(),;:])' || regexp_replace(word, '(\W)', '\\\1', 'g') || '[.!?]?(["\s<>(),;:\\]|$)'`;

// Answers that name one of these. The keys stay: a retry must not do again what has been done. Each answer is made text
// once, not once for each word.
const FORGET_ABOUT = `
  UPDATE platform.idempotency_keys SET status = ${ERASED}, headers = '{}', body = 'null', updated_at = now()
  WHERE status IS NOT NULL AND (resource_id::text = ANY ($1) OR (
    SELECT bool_or(strpos(answer, word) > 0 AND (strpos(word, '@') = 0 OR answer ~ (${WHOLE})))
    FROM (SELECT body::text AS answer OFFSET 0) AS a, unnest($1::text[]) AS word))`;

/**
 * One effect for each Idempotency-Key. The key is claimed and its answer stored in the very transactions that make the
 * effect, so that neither exists without the other.
 */
@Injectable()
export class IdempotencyService {
  constructor(
    private readonly database: Database,
    private readonly settings: IdempotencySettings,
    private readonly http: HttpSettings,
  ) {}

  /** Empties the answers in which one of these ids or addresses stands, whoever got them. Reads all that are kept. */
  async forgetAbout(words: string[]): Promise<void> {
    if (words.length > 0) await this.database.query(FORGET_ABOUT, [words]);
  }

  /**
   * Claims the running request's key: the first statement of its first transaction. Gives the id of the resource to
   * work on: `resourceId` itself, or that of an earlier attempt that died, which this request now finishes.
   * Without a key it gives `resourceId`.
   * @throws {IdempotentReplay} when the request has been answered: the filter sends the stored answer.
   * @throws {IdempotencyInProgress} while the first request runs, {IdempotencyKeyReused} for another request.
   */
  async claim(resourceId: string = newId()): Promise<string> {
    const context = currentIdempotency();
    if (!context) return resourceId;
    const { scope, key, fingerprint } = context;
    const [claimed] = await this.database.query<{ resourceId: string }>(CLAIM, [
      scope,
      key,
      fingerprint,
      resourceId,
      this.settings.leaseSeconds,
    ]);
    if (!claimed) throw await this.refusal(scope, key, fingerprint);
    context.claimed = true;
    return claimed.resourceId;
  }

  /** Says, before the key is claimed, what a body held that came as a stream: with another content it is another request. */
  includes(content: string): void {
    const context = currentIdempotency();
    if (context)
      context.fingerprint = createHash('sha256').update(`${context.fingerprint}\n${content}`).digest('base64url');
  }

  /** Stores the answer, in the transaction that makes it true. */
  complete(status: number, body: object, headers: Record<string, string> = {}): void {
    const context = currentIdempotency();
    if (!context?.claimed) return;
    this.database.withCommit(() => ({
      sql: `UPDATE platform.idempotency_keys SET status = $3, body = $4, headers = $5, updated_at = now()
            WHERE scope = $1 AND key = $2 AND status IS NULL`,
      params: [context.scope, context.key, status, JSON.stringify(body), JSON.stringify(headers)],
    }));
  }

  /** Stores a refusal as the answer, where the attempt itself was an effect: a declined payment is not tried again. */
  refuse(refusal: Refusal): void {
    const context = currentIdempotency();
    if (!context) return;
    const body = problemBody(refusal, context.instance, context.requestId, this.http.baseUrl);
    this.complete(body.status, body);
  }

  /** The outcome is not known yet: a retry may take over at once and find out. */
  async release(): Promise<void> {
    const context = currentIdempotency();
    if (!context?.claimed) return;
    await this.database.query(
      `UPDATE platform.idempotency_keys SET lease_until = now(), updated_at = now()
       WHERE scope = $1 AND key = $2 AND status IS NULL`,
      [context.scope, context.key],
    );
  }

  /** Forgets answers older than the retention. */
  async forget(): Promise<void> {
    await this.database.query(
      `DELETE FROM platform.idempotency_keys WHERE created_at < now() - make_interval(hours => $1)`,
      [this.settings.hours],
    );
  }

  private async refusal(scope: string, key: string, fingerprint: string): Promise<Error> {
    const [stored] = await this.database.query<StoredKey>(
      `SELECT fingerprint, status, headers, body,
              greatest(1, ceil(extract(epoch FROM lease_until - now())))::int AS "retryAfter"
       FROM platform.idempotency_keys WHERE scope = $1 AND key = $2`,
      [scope, key],
    );
    if (stored && stored.fingerprint !== fingerprint) return new IdempotencyKeyReused();
    if (!stored || stored.status === null) return new IdempotencyInProgress(Math.min(stored?.retryAfter ?? 1, 5));
    if (stored.status === ERASED) return new AnswerErased();
    return new IdempotentReplay(stored.status, stored.headers ?? {}, stored.body);
  }
}
