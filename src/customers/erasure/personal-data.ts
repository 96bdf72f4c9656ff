import { Injectable } from '@nestjs/common';
import { Database, Erases, PersonalData } from '../../platform/index.js';

const COPY = `
  SELECT json_build_object(
    'preferences', (SELECT json_build_object('language', language, 'currency', currency, 'notifications', notifications)
      FROM customers.customers WHERE user_id = $1),
    'groups', (SELECT groups FROM customers.customers WHERE user_id = $1),
    'consents', (SELECT coalesce(json_agg(json_build_object('marketing', marketing, 'source', source, 'at', created_at)
      ORDER BY created_at, id), '[]') FROM customers.consents WHERE user_id = $1),
    'addresses', (SELECT coalesce(json_agg(to_jsonb(a) - 'user_id' ORDER BY id), '[]')
      FROM customers.addresses a WHERE user_id = $1)
  ) AS copy`;

/** What customers knows of a person. */
@Injectable()
export class CustomersPersonalData {
  constructor(private readonly database: Database) {}

  @PersonalData('customers')
  async copy(userId: string): Promise<unknown> {
    const [row] = await this.database.query<{ copy: unknown }>(COPY, [userId]);
    return row?.copy;
  }

  @Erases('customers')
  async erase(userId: string): Promise<void> {
    // What is under way for this customer ends first; what comes after finds no account.
    await this.database.query('SELECT FROM customers.customers WHERE user_id = $1 FOR UPDATE', [userId]);
    for (const table of ['exports', 'purchases', 'consents', 'addresses', 'customers']) {
      await this.database.query(`DELETE FROM customers.${table} WHERE user_id = $1`, [userId]);
    }
  }
}
