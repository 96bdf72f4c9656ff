import { Column, Entity, PrimaryColumn } from 'typeorm';
import { newId, Stale, ValidationFailed } from '../../platform/index.js';
import { given } from '../products/given.js';

/** What a merchant may set on a price list. Null stands for everyone, everywhere, always. */
export interface PriceListFields {
  code: string;
  name: string;
  customerGroup: string | null;
  channel: string | null;
  startsAt: Date | null;
  endsAt: Date | null;
  priority: number;
  active: boolean;
}

/** Prices that apply to some, or for some time, or from some quantity on, instead of the base prices. */
@Entity({ schema: 'catalog', name: 'price_lists' })
export class PriceList implements PriceListFields {
  @PrimaryColumn('uuid') id: string;
  @Column('text') code: string;
  @Column('text') name: string;
  @Column('text', { nullable: true }) customerGroup: string | null;
  @Column('text', { nullable: true }) channel: string | null;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) startsAt: Date | null;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) endsAt: Date | null;
  @Column('integer') priority: number;
  @Column('boolean') active: boolean;
  /** When what shoppers are shown last agreed with the list; null when it has changed since. */
  @Column('timestamptz', { nullable: true }) appliedAt: Date | null;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) deletedAt: Date | null;
  @Column('integer') version: number;
  @Column({ type: 'timestamptz', precision: 3 }) createdAt: Date;
  @Column({ type: 'timestamptz', precision: 3 }) updatedAt: Date;

  /** @throws {ValidationFailed} when it would end before it starts. */
  static make(fields: PriceListFields): PriceList {
    const now = new Date();
    const list = Object.assign(new PriceList(), fields, { id: newId(), version: 1, createdAt: now, updatedAt: now });
    Object.assign(list, { appliedAt: null, deletedAt: null });
    list.demandWindow();
    return list;
  }

  /** @throws {Stale} when `version` is not what the caller has seen. */
  expect(version: number): this {
    if (this.version !== version) throw new Stale(this.version);
    return this;
  }

  /** True when something differs afterwards; the version then moves. @throws {ValidationFailed} */
  change(changes: Partial<PriceListFields>): boolean {
    const before = JSON.stringify(this.fields);
    Object.assign(this, given(changes));
    if (JSON.stringify(this.fields) === before) return false;
    this.demandWindow();
    this.touch();
    return true;
  }

  delete(): void {
    this.active = false;
    this.deletedAt = new Date();
    this.touch();
  }

  get fields(): PriceListFields {
    const { code, name, customerGroup, channel, startsAt, endsAt, priority, active } = this;
    return { code, name, customerGroup, channel, startsAt, endsAt, priority, active };
  }

  private touch(): void {
    this.version += 1;
    this.updatedAt = new Date();
    this.appliedAt = null;
  }

  private demandWindow(): void {
    if (this.startsAt === null || this.endsAt === null || this.startsAt < this.endsAt) return;
    throw new ValidationFailed([{ pointer: '/endsAt', code: 'too_early', message: 'must be after startsAt.' }]);
  }
}
