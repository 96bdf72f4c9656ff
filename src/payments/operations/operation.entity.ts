import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OperationKind } from '../providers/payment-provider.js';

export type OperationStatus = 'processing' | 'succeeded' | 'failed';

/** One capture, refund or void. It is saved before the provider is asked, so that a crash cannot lose or repeat it. */
@Entity({ schema: 'payments', name: 'operations' })
export class Operation {
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') paymentId: string;
  @Column('text') kind: OperationKind;
  @Column('bigint') amount: number;
  @Column('text', { nullable: true }) reason: string | null;
  @Column('text') status: OperationStatus;
  @Column('text', { nullable: true }) providerReference: string | null;
  @Column('text', { nullable: true }) failureCode: string | null;
  @Column('text', { nullable: true }) failureMessage: string | null;
  @Column('text', { nullable: true }) requestedBy: string | null;
  @Column('integer') attempts: number;
  @Column('timestamptz', { nullable: true }) dueAt: Date | null;
  @Column('timestamptz') createdAt: Date;
  @Column('timestamptz') updatedAt: Date;
}
