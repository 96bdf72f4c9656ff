import { Injectable } from '@nestjs/common';
import {
  Database,
  decodeCursor,
  isId,
  NotFoundProblem,
  type PageQuery,
  paginate,
  refusing,
  Transactional,
} from '../../../platform/index.js';
import { LocationExists, LocationInUse } from '../stock.errors.js';
import { LOCATION_CODE, Location, type LocationFields } from './location.entity.js';

const BIND = 'locations';

/** The places where goods lie. */
@Injectable()
export class LocationsService {
  constructor(private readonly database: Database) {}

  async list({ limit, cursor }: PageQuery): Promise<{ data: Location[]; nextCursor: string | null }> {
    const [after] = cursor === undefined ? [] : decodeCursor(cursor, BIND, [isId]);
    const select = this.database.manager
      .createQueryBuilder(Location, 'l')
      .orderBy('l.id')
      .limit(limit + 1);
    if (after !== undefined) select.where('l.id > :after', { after });
    return paginate({ rows: await select.getMany(), limit, bind: BIND, cursorOf: ({ id }) => [id] });
  }

  /** @throws {NotFoundProblem} */
  async read(code: string): Promise<Location> {
    demandCode(code);
    return this.found(code, await this.database.manager.findOneBy(Location, { code }));
  }

  /** @throws {LocationExists} */
  async create(code: string, fields: Partial<LocationFields> & { name: string }): Promise<Location> {
    const location = Location.create(code, fields);
    await refusing(this.database.manager.insert(Location, location), {
      pk_stock_locations: (taken) => new LocationExists(taken),
    });
    return location;
  }

  /** @throws {NotFoundProblem} {Stale} {LocationIsMain} */
  @Transactional()
  async change(code: string, version: number, changes: Partial<LocationFields>): Promise<Location> {
    const location = (await this.lock(code)).expect(version);
    if (location.change(changes)) await this.database.manager.update(Location, { code }, location);
    return location;
  }

  /** @throws {NotFoundProblem} {Stale} {LocationIsMain} {LocationInUse} */
  @Transactional()
  async delete(code: string, version: number): Promise<void> {
    (await this.lock(code)).expect(version).mustNotBeMain();
    await this.database.query('DELETE FROM catalog.stock_levels WHERE location = $1 AND on_hand = 0', [code]);
    const inUse = () => new LocationInUse(code);
    await refusing(this.database.manager.delete(Location, { code }), {
      fk_stock_levels_location: inUse,
      fk_stock_transfers_from: inUse,
      fk_stock_transfers_to: inUse,
    });
  }

  private async lock(code: string): Promise<Location> {
    demandCode(code);
    const lock = { mode: 'pessimistic_write' } as const;
    return this.found(code, await this.database.manager.findOne(Location, { where: { code }, lock }));
  }

  private found(code: string, location: Location | null): Location {
    if (!location) throw new NotFoundProblem('Location', code);
    return location;
  }
}

/** What cannot be a code is not even looked for. */
function demandCode(code: string): void {
  if (!LOCATION_CODE.test(code)) throw new NotFoundProblem('Location', JSON.stringify(code));
}
