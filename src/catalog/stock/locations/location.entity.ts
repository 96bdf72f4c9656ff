import { Column, Entity, PrimaryColumn } from 'typeorm';
import { newId, Stale } from '../../../platform/index.js';
import { differing } from '../../products/given.js';
import { LocationIsMain } from '../stock.errors.js';

export const LOCATION_CODE = /^[a-z][a-z0-9-]{0,39}$/;
/** Where everything is that is said to be nowhere else. */
export const MAIN = 'main';

export interface LocationFields {
  name: string;
  active: boolean;
}

/** A place where goods lie. */
@Entity({ schema: 'catalog', name: 'stock_locations' })
export class Location implements LocationFields {
  @PrimaryColumn('text') code: string;
  /** For the order in which they were made. */
  @Column('uuid') id: string;
  @Column('text') name: string;
  /** Goods can be brought there. */
  @Column('boolean') active: boolean;
  @Column('integer') version: number;
  @Column({ type: 'timestamptz', precision: 3 }) createdAt: Date;
  @Column({ type: 'timestamptz', precision: 3 }) updatedAt: Date;

  static create(code: string, { name, active = true }: Partial<LocationFields> & { name: string }): Location {
    const now = new Date();
    return Object.assign(new Location(), {
      code,
      id: newId(),
      name,
      active,
      version: 1,
      createdAt: now,
      updatedAt: now,
    });
  }

  /** @throws {Stale} when `version` is not what the caller has seen. */
  expect(version: number): this {
    if (this.version !== version) throw new Stale(this.version);
    return this;
  }

  /** True when something differs afterwards. @throws {LocationIsMain} */
  change(changes: Partial<LocationFields>): boolean {
    const differences = differing<LocationFields>(this, changes);
    if (Object.keys(differences).length === 0) return false;
    if (differences.active === false) this.mustNotBeMain();
    Object.assign(this, differences);
    this.version += 1;
    this.updatedAt = new Date();
    return true;
  }

  /** @throws {LocationIsMain} */
  mustNotBeMain(): this {
    if (this.code === MAIN) throw new LocationIsMain();
    return this;
  }
}
