import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, isId, NotFoundProblem, paginate, whereOf } from '../platform/index.js';
import { Operation } from './operations/operation.entity.js';
import { OperationResponse } from './operations/operations.dto.js';
import { PAYMENT, Payment } from './payment.entity.js';
import type { PaymentDetailResponse } from './payment-detail.dto.js';
import { type ListPaymentsQuery, type PaymentListResponse, PaymentResponse } from './payments.dto.js';

/** Payments as the back office reads them. */
@Injectable()
export class PaymentList {
  constructor(private readonly database: Database) {}

  /** One statement. Ids are made in the order of time, so they serve as the key of the list. */
  async page({ reference, status, provider, sort, limit, cursor }: ListPaymentsQuery): Promise<PaymentListResponse> {
    const bind = JSON.stringify(['payments', reference, status, provider, sort]);
    const [after] = cursor === undefined ? [] : decodeCursor(cursor, bind, [isId]);
    const newestFirst = sort === '-createdAt';
    const { where, params } = whereOf([
      ['reference = ?', reference],
      ['status = ?', status],
      ['provider = ?', provider],
      [newestFirst ? 'id < ?' : 'id > ?', after],
    ]);
    const rows = await this.database.query(
      `SELECT ${PAYMENT} FROM payments.payments ${where} ORDER BY id ${newestFirst ? 'DESC' : 'ASC'} LIMIT ${limit + 1}`,
      params,
    );
    const page = paginate({ rows: rows.map(Payment.fromRow), limit, bind, cursorOf: ({ id }) => [id] });
    return { data: page.data.map(PaymentResponse.of), nextCursor: page.nextCursor };
  }

  /** Two statements. */
  async detail(id: string): Promise<PaymentDetailResponse> {
    const [row] = await this.database.query(`SELECT ${PAYMENT} FROM payments.payments WHERE id = $1`, [id]);
    if (!row) throw new NotFoundProblem('Payment', id);
    const payment = Payment.fromRow(row);
    const operations = await this.database.manager.find(Operation, { where: { paymentId: id }, order: { id: 'ASC' } });
    return {
      ...PaymentResponse.of(payment),
      operations: operations.map((operation) => OperationResponse.of(operation, payment.currency)),
    };
  }
}
