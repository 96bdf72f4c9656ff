import { CollectionsJobs } from '#src/catalog/collections/collections.jobs.js';
import type { Person, TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { type Made, makeProduct, type ProductWish } from './catalog-support.js';

export interface Collection {
  id: string;
  slug: string;
  version: number;
  productCount: number;
  filling: boolean;
}

let made = 0;
/** Different each time; a tag of its own keeps what one test makes from the collections of the others. */
export const unique = (name: string): string => `${name}-${++made}`;

export const tagged = (...values: string[]) => ({ by: 'tag', values });
export const all = (...conditions: object[]) => ({ match: 'all', conditions });
export const any = (...conditions: object[]) => ({ match: 'any', conditions });

export const idsOf = (...products: Made[]): string[] => products.map(({ id }) => id);

/** A wish for a product of one variant at this price. */
export const priced = (amount: number, more: object = {}): ProductWish => ({
  variants: [{ sku: unique('COLLECTED'), prices: [{ amount, currency: 'EUR', ...more }] }],
});

/** Makes collections and what is in them, as this member of staff. */
export class Collections {
  readonly staff: Client;

  constructor(
    private readonly app: TestApp,
    private readonly person: Person,
  ) {
    this.staff = app.as(person);
  }

  async make(rule: object, more: object = {}): Promise<Collection> {
    const { status, body } = await this.staff.post('/v1/collections', { name: unique('Collection'), rule, ...more });
    if (status !== 201) throw new Error(`The collection was not made: ${JSON.stringify(body)}`);
    return body as Collection;
  }

  product(wish: ProductWish): Promise<Made> {
    return makeProduct(this.app, this.person, wish);
  }

  /** What the job does each minute. */
  follow(): Promise<void> {
    return this.app.service(CollectionsJobs).follow();
  }

  async read({ id }: Collection): Promise<Collection> {
    return (await this.staff.get(`/v1/collections/${id}`)).body as Collection;
  }

  /** Ids of the products that shoppers see in it. */
  async productsIn({ slug }: Collection, more = ''): Promise<string[]> {
    const { body } = await this.app.anyone.get(`/v1/products?collection=${slug}${more}`);
    return (body.data as { id: string }[]).map(({ id }) => id);
  }
}
