import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/index.js';
import { badSetting, Database, Permissions, PlatformModule, settings } from '../platform/index.js';
import { Inbox } from './inbox/inbox.service.js';
import { WebhooksController } from './inbox/webhooks.controller.js';
import { LedgerController } from './ledger/ledger.controller.js';
import { Ledger } from './ledger/ledger.service.js';
import { CapturesController } from './operations/captures.controller.js';
import { OperationRequests } from './operations/operation-requests.service.js';
import { OperationsController } from './operations/operations.controller.js';
import { Operations } from './operations/operations.service.js';
import { RefundsController } from './operations/refunds.controller.js';
import { VoidsController } from './operations/voids.controller.js';
import { PaymentList } from './payment-list.service.js';
import { PaymentsController } from './payments.controller.js';
import { PaymentsJobs } from './payments.jobs.js';
import { Payments } from './payments.service.js';
import { PaymentsSettings } from './payments.settings.js';
import { PaymentsPersonalData } from './personal-data.js';
import { ManualProvider } from './providers/manual.provider.js';
import type { PaymentProvider } from './providers/payment-provider.js';
import { PaymentProviders } from './providers/providers.service.js';
import { Recovery } from './recovery.service.js';
import { SandboxProvider } from './sandbox/sandbox.provider.js';
import { SandboxSettings } from './sandbox/sandbox.settings.js';
import { SandboxActionsController } from './sandbox/sandbox-actions.controller.js';
import { SandboxActions } from './sandbox/sandbox-actions.service.js';
import { SandboxCharges } from './sandbox/sandbox-charges.service.js';
import { SandboxOperations } from './sandbox/sandbox-operations.service.js';
import { SandboxSecret } from './sandbox/sandbox-secret.service.js';
import { SandboxWebhooks } from './sandbox/sandbox-webhooks.service.js';
import { Settlement } from './settlement.service.js';

@Permissions({
  'payments:read': 'See payments, captures, refunds and voids.',
  'payments:capture': 'Take money that is authorised.',
  'payments:refund': 'Give money back.',
  'payments:void': 'Set free what is authorised and not taken.',
  'ledger:read': 'See every movement of money.',
})
@Module({
  imports: [PlatformModule, AuthModule],
  controllers: [
    OperationsController,
    SandboxActionsController,
    WebhooksController,
    PaymentsController,
    CapturesController,
    RefundsController,
    VoidsController,
    LedgerController,
  ],
  providers: [
    settings(PaymentsSettings),
    settings(SandboxSettings),
    ManualProvider,
    SandboxProvider,
    {
      provide: PaymentProviders,
      inject: [PaymentsSettings, Database, SandboxProvider, ManualProvider],
      // A new provider is a class, and one entry here and in `inject`.
      useFactory: (payments: PaymentsSettings, database: Database, ...all: PaymentProvider[]) =>
        new PaymentProviders(chosen(payments, all), () => payments.timeout, database),
    },
    Inbox,
    Ledger,
    OperationRequests,
    Operations,
    PaymentList,
    Payments,
    PaymentsJobs,
    PaymentsPersonalData,
    Recovery,
    SandboxActions,
    SandboxCharges,
    SandboxOperations,
    SandboxSecret,
    SandboxWebhooks,
    Settlement,
  ],
  exports: [Payments, PaymentsPersonalData],
})
export class PaymentsModule {}

function chosen({ names }: PaymentsSettings, all: PaymentProvider[]): PaymentProvider[] {
  return names.map((name) => {
    const provider = all.find((candidate) => candidate.name === name);
    if (provider) return provider;
    const takes = `a comma-separated list of ${all.map((known) => known.name).join(', ')}`;
    throw badSetting('GALLEY_PAYMENT_PROVIDERS', process.env, takes);
  });
}
