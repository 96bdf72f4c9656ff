import { Injectable } from '@nestjs/common';
import { HttpSettings, NotFoundProblem, readEach } from '../../platform/index.js';
import { OidcProviderSettings, OidcSettings } from './oidc.settings.js';
import { OidcProvider } from './oidc-provider.js';

/** The providers that the operator has chosen, by name. */
@Injectable()
export class OidcProviders {
  private readonly byName: ReadonlyMap<string, OidcProvider>;

  constructor(
    { timeout }: OidcSettings,
    private readonly http: HttpSettings,
  ) {
    const settings = [...readEach(OidcProviderSettings)];
    this.byName = new Map(settings.map(([name, own]) => [name, new OidcProvider(name, own, timeout)]));
  }

  /** In the order in which the operator names them. */
  get all(): OidcProvider[] {
    return [...this.byName.values()];
  }

  /** @throws {NotFoundProblem} */
  get(name: string): OidcProvider {
    const provider = this.byName.get(name);
    if (!provider) throw new NotFoundProblem('Provider', name);
    return provider;
  }

  /** Where the provider sends people back to: its own for each, so that no answer is taken for that of another (RFC 9700 §4.4.2). */
  redirectUri({ name }: OidcProvider): string {
    return `${this.http.baseUrl}/v1/auth/oidc/${name}/callback`;
  }
}
