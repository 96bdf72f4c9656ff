import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { bodiesOf, Database, Every, Job, type Letter, Mailer } from '../../platform/index.js';
import { AccountMailSettings } from '../account-mail/account-mail.settings.js';
import { type Counted, MailLimits } from '../account-mail/mail-limits.js';
import { hashOf } from '../sessions/tokens.js';
import { changedLetter, confirmLetter, takenLetter } from './letters.js';

export const MAIL_EMAIL_CHANGE = 'auth.mail-email-change';
export const MAIL_EMAIL_CHANGED = 'auth.mail-email-changed';

interface Asked {
  userId: string;
  requestId: string;
}

// A job that runs again makes new tokens: those before may have been mailed or not. An address that nobody has shown to be
// theirs may be mistyped, and is not asked.
const ISSUE = `
  UPDATE auth.email_changes c
  SET old_hash = CASE WHEN u.email_verified_at IS NOT NULL THEN $3::bytea END, new_hash = $4, updated_at = now()
  FROM auth.users u
  WHERE c.user_id = $1 AND u.id = c.user_id AND request_id = $2 AND expires_at > now() AND done_at IS NULL
    AND old_confirmed_at IS NULL AND new_confirmed_at IS NULL
  RETURNING old_email AS "oldEmail", new_email AS "newEmail", old_hash IS NOT NULL AS both,
    (SELECT t.id FROM auth.users t WHERE t.email = c.new_email) AS "takenBy"`;

interface Issued {
  oldEmail: string;
  newEmail: string;
  /** The old address has to confirm too. */
  both: boolean;
  takenBy: string | null;
}

/** Mail about another e-mail address. Jobs name the request; tokens are made when the mail leaves. */
@Injectable()
export class EmailChangeJobs {
  constructor(
    private readonly database: Database,
    private readonly settings: AccountMailSettings,
    private readonly mailer: Mailer,
    private readonly limits: MailLimits,
  ) {}

  @Job(MAIL_EMAIL_CHANGE)
  async mailTokens({ userId, requestId }: Asked): Promise<void> {
    const [old, fresh] = [newToken(), newToken()];
    const [asked] = await this.database.query<Issued>(ISSUE, [userId, requestId, hashOf(old), hashOf(fresh)]);
    if (!asked) return;
    const link = (token: string) => this.settings.pageFor('confirm-email-change', token);
    // Two kinds: what strangers ask for leaves the owner of the address free to ask for another.
    const toOld = { email: asked.oldEmail, kind: 'email_change_from', requestId };
    const toNew = { email: asked.newEmail, kind: 'email_change_to', requestId };
    if (asked.both) await this.send(userId, toOld, confirmLetter('old', old, link(old)));
    // Whoever asks learns nothing of it: the owner of the other account does.
    if (asked.takenBy !== null) await this.send(asked.takenBy, toNew, takenLetter());
    else await this.send(userId, toNew, confirmLetter(asked.both ? 'new' : 'only', fresh, link(fresh)));
  }

  @Job(MAIL_EMAIL_CHANGED)
  async mailBoth({ userId, requestId }: Asked): Promise<void> {
    const [done] = await this.database.query<{ oldEmail: string; newEmail: string }>(
      `SELECT old_email AS "oldEmail", new_email AS "newEmail" FROM auth.email_changes
       WHERE user_id = $1 AND request_id = $2 AND done_at IS NOT NULL`,
      [userId, requestId],
    );
    if (!done) return;
    for (const email of [done.oldEmail, done.newEmail])
      await this.send(userId, { email, kind: 'email_changed', requestId }, changedLetter());
    await this.database.query('DELETE FROM auth.email_changes WHERE user_id = $1 AND request_id = $2', [
      userId,
      requestId,
    ]);
  }

  @Every('29 * * * *', 'auth.forget-email-changes')
  async forget(): Promise<void> {
    await this.database.query(`DELETE FROM auth.email_changes WHERE expires_at < now() - interval '1 day'`);
    await this.limits.forget();
  }

  private async send(person: string, counted: Counted, letter: Letter): Promise<void> {
    if (!(await this.limits.admits(counted))) return;
    await this.mailer.send({ to: { address: counted.email }, person, ...bodiesOf(letter) });
  }
}

const newToken = (): string => `glm_${randomBytes(32).toString('base64url')}`;
