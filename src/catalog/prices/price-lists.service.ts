import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { AuditLog } from '../../auth/index.js';
import {
  type Caller,
  Database,
  decodeCursor,
  Events,
  isId,
  Jobs,
  NotFoundProblem,
  paginate,
  ReadCache,
  refusing,
  Transactional,
} from '../../platform/index.js';
import { PriceListCodeTaken } from '../catalog.errors.js';
import { PriceListChanged } from '../catalog.events.js';
import { tags } from '../catalog.tags.js';
import { PriceList, type PriceListFields } from './price-list.entity.js';
import type { ListPriceListsQuery } from './price-lists.dto.js';

/** Brings what shoppers are shown in line with a list that has changed. */
export const APPLY_PRICE_LIST = 'catalog.apply-price-list';

const REFUSALS = { uq_price_lists_code: (code: string) => new PriceListCodeTaken(code) };

/** Keeping price lists: for whom, where and when they apply. */
@Injectable()
export class PriceListsService {
  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly events: Events,
    private readonly audit: AuditLog,
    private readonly cache: ReadCache,
  ) {}

  /** Newest first. */
  async list({ limit, cursor, code }: ListPriceListsQuery): Promise<{ data: PriceList[]; nextCursor: string | null }> {
    const bind = JSON.stringify(['price-lists', code]);
    const select = this.database.manager
      .createQueryBuilder<PriceList>('PriceList', 'l')
      .where('l.deleted_at IS NULL')
      .orderBy('l.id', 'DESC')
      .limit(limit + 1);
    if (code !== undefined) select.andWhere('l.code = :code', { code });
    if (cursor !== undefined) select.andWhere('l.id < :after', { after: decodeCursor(cursor, bind, [isId])[0] });
    return paginate({ rows: await select.getMany(), limit, bind, cursorOf: ({ id }) => [id] });
  }

  /** @throws {NotFoundProblem} */
  async read(id: string): Promise<PriceList> {
    return found(id, await this.database.manager.findOneBy(PriceList, { id, deletedAt: IsNull() }));
  }

  /** @throws {PriceListCodeTaken} {ValidationFailed} */
  @Transactional()
  async create(fields: PriceListFields, caller: Caller): Promise<PriceList> {
    const list = PriceList.make(fields);
    await refusing(this.database.manager.insert(PriceList, list), REFUSALS);
    await this.followAt(list);
    this.cache.drop(tags.channels);
    this.events.publish(new PriceListChanged(list.id));
    await this.audit.record('price_list.created', { by: caller, on: subject(list), after: list.fields });
    return list;
  }

  /** @throws {Stale} {PriceListCodeTaken} {ValidationFailed} */
  @Transactional()
  async change(id: string, version: number, changes: Partial<PriceListFields>, caller: Caller): Promise<PriceList> {
    const list = (await this.lock(id)).expect(version);
    const before = list.fields;
    if (!list.change(changes)) return list;
    await this.save(list);
    await this.audit.record('price_list.changed', { by: caller, on: subject(list), before, after: list.fields });
    return list;
  }

  /** It applies no more; its prices are cleared away by a job. @throws {Stale} */
  @Transactional()
  async delete(id: string, version: number, caller: Caller): Promise<void> {
    const list = (await this.lock(id)).expect(version);
    const before = list.fields;
    list.delete();
    await this.save(list);
    await this.audit.record('price_list.deleted', { by: caller, on: subject(list), before });
  }

  private async save(list: PriceList): Promise<void> {
    await refusing(this.database.manager.update(PriceList, { id: list.id }, list), REFUSALS);
    await this.jobs.enqueue(APPLY_PRICE_LIST, { listId: list.id });
    await this.followAt(list);
    this.cache.drop(tags.channels);
    this.events.publish(new PriceListChanged(list.id));
  }

  /** What shoppers are shown follows when it begins and ends. One that has been moved since finds nothing to do. */
  private async followAt({ id: listId, startsAt, endsAt }: PriceList): Promise<void> {
    for (const moment of [startsAt, endsAt]) {
      const startAfter = moment ? Math.ceil((moment.getTime() - Date.now()) / 1000) : 0;
      if (startAfter > 0) await this.jobs.enqueue(APPLY_PRICE_LIST, { listId }, { startAfter });
    }
  }

  private async lock(id: string): Promise<PriceList> {
    const lock = { mode: 'pessimistic_write' } as const;
    return found(id, await this.database.manager.findOne(PriceList, { where: { id, deletedAt: IsNull() }, lock }));
  }
}

const subject = ({ id }: PriceList) => ({ type: 'price_list', id });

function found(id: string, list: PriceList | null): PriceList {
  if (!list) throw new NotFoundProblem('Price list', id);
  return list;
}
