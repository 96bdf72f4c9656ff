import { Injectable } from '@nestjs/common';
import { type Caller, Database, newId, Transactional } from '../../platform/index.js';
import { Customers } from '../customers.service.js';
import type { NotificationChoices, PreferencesResponse, PutPreferencesRequest } from './preferences.dto.js';

const READ = `
  SELECT c.language, c.currency, c.notifications, m.marketing AS granted, m.source, m.created_at AS at
  FROM (SELECT $1::uuid AS id) AS asked
  LEFT JOIN customers.customers c ON c.user_id = asked.id
  LEFT JOIN LATERAL (
    SELECT marketing, source, created_at FROM customers.consents WHERE user_id = asked.id ORDER BY created_at DESC, id DESC LIMIT 1
  ) m ON true`;

const UNLESS_CHOSEN: NotificationChoices = { orderUpdates: true, backInStock: false };

interface Row {
  language: string | null;
  currency: string | null;
  notifications: Partial<NotificationChoices> | null;
  granted: boolean | null;
  source: string | null;
  at: Date | null;
}

/** How customers want to be treated. */
@Injectable()
export class PreferencesService {
  constructor(
    private readonly database: Database,
    private readonly customers: Customers,
  ) {}

  /** What was chosen, or what holds without a choice. */
  async read({ userId }: Pick<Caller, 'userId'>): Promise<PreferencesResponse> {
    const [row] = await this.database.query<Row>(READ, [userId]);
    const { language = null, currency = null, notifications, granted, source = null, at = null } = row ?? {};
    const { orderUpdates, backInStock } = { ...UNLESS_CHOSEN, ...notifications };
    return {
      language,
      currency,
      marketing: { granted: granted ?? false, source, at },
      notifications: { orderUpdates, backInStock },
    };
  }

  /** An answer about advertising is added to those before when it is another. */
  @Transactional()
  async put(
    caller: Caller,
    { language, currency, marketing, notifications }: PutPreferencesRequest,
  ): Promise<PreferencesResponse> {
    const userId = await this.customers.lock(caller);
    await this.database.query(
      `UPDATE customers.customers SET language = $2, currency = $3, notifications = $4, updated_at = now()
       WHERE user_id = $1`,
      [userId, language ?? null, currency ?? null, JSON.stringify({ ...UNLESS_CHOSEN, ...notifications })],
    );
    if (marketing) {
      // By the clock of the database, after the lock: clocks of processes differ.
      await this.database.query(
        `INSERT INTO customers.consents (id, user_id, marketing, source, created_at)
         SELECT $1, $2, $3, $4, clock_timestamp()
         WHERE $3 IS DISTINCT FROM (
           SELECT marketing FROM customers.consents WHERE user_id = $2 ORDER BY created_at DESC, id DESC LIMIT 1)`,
        [newId(), userId, marketing.granted, marketing.source],
      );
    }
    return this.read(caller);
  }
}
