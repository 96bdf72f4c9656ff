import { Database } from '../../platform/index.js';
import { UnknownPaymentProvider } from '../payments.errors.js';
import { type PaymentProvider, ProviderUnreachable } from './payment-provider.js';

/** The providers in use, and the one way to call them: outside any transaction, and with a deadline. */
export class PaymentProviders {
  private readonly byName: ReadonlyMap<string, PaymentProvider>;

  constructor(
    providers: PaymentProvider[],
    private readonly timeoutSeconds: () => number,
    private readonly database: Database,
  ) {
    this.byName = new Map(providers.map((provider) => [provider.name, provider]));
  }

  get names(): string[] {
    return [...this.byName.keys()];
  }

  find(name: string): PaymentProvider | undefined {
    return this.byName.get(name);
  }

  /** @throws {UnknownPaymentProvider} */
  get(name: string): PaymentProvider {
    const provider = this.byName.get(name);
    if (!provider) throw new UnknownPaymentProvider(name, this.names);
    return provider;
  }

  /** A call to the outside may take seconds, and cannot be rolled back. */
  demandOutside(): void {
    if (this.database.inTransaction) throw new Error('A payment provider is never called inside a transaction.');
  }

  /** @throws {ProviderUnreachable} when no answer came by the deadline; what the provider throws otherwise. */
  async call<T>(name: string, use: (provider: PaymentProvider, signal: AbortSignal) => Promise<T>): Promise<T> {
    this.demandOutside();
    const provider = this.get(name);
    const seconds = this.timeoutSeconds();
    const deadline = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new ProviderUnreachable(`${name} has not answered within ${seconds} s.`);
        reject(error);
        deadline.abort(error);
      }, seconds * 1000);
    });
    try {
      return await Promise.race([use(provider, deadline.signal), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
