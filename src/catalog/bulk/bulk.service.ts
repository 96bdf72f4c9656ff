import { Injectable } from '@nestjs/common';
import { Database, Events, NotFoundProblem, Refusal, statusOf, Transactional } from '../../platform/index.js';
import { ProductArchived } from '../catalog.events.js';
import { UploadedPictures } from '../media/uploaded-pictures.service.js';
import type { ProductType } from '../product-types/product-type.entity.js';
import { ProductTypesService } from '../product-types/product-types.service.js';
import type { Offer } from '../products/insert-products.js';
import { offerOf } from '../products/offers.js';
import { Product, type ProductDraft } from '../products/product.entity.js';
import { fieldsOf } from '../products/product-fields.js';
import { ProductsService, unknownType } from '../products/products.service.js';
import type { BulkItemRequest, BulkRefusal, BulkResult } from './bulk.dto.js';
import { fault, type GivenItem } from './bulk-items.js';
import { Conflicts, NAMED, type Named, namedBy } from './conflicts.js';

/** What an item comes to: what should be written, or why not. */
interface Plan {
  product?: Product;
  offers?: Offer[];
  /** Whether the product is to be held against its type. */
  isHeld?: boolean;
  outcome: BulkResult['outcome'];
  refusal?: Refusal;
}

/** Many changes at once, each on its own feet; the same few statements however many. */
@Injectable()
export class BulkService {
  constructor(
    private readonly database: Database,
    private readonly products: ProductsService,
    private readonly types: ProductTypesService,
    private readonly events: Events,
    private readonly pictures: UploadedPictures,
  ) {}

  @Transactional()
  async apply(items: GivenItem[]): Promise<BulkResult[]> {
    const ids = [...new Set(items.flatMap((given) => ('item' in given && given.item.id?.toLowerCase()) || []))];
    const known = new Map((await this.products.lockWholeByIds(ids)).map((product) => [product.id, product]));
    const seen = new Set<string>();
    const plans = items.map((item) => planOf(item, known, seen));
    await this.refuseUploaded(plans, items);
    await this.examine(plans);
    await this.write(plans);
    return plans.map(({ product, outcome, refusal }, index) => ({
      index,
      outcome,
      id: (refusal ? items[index]?.id : product?.id) ?? null,
      version: refusal ? null : (product?.version ?? null),
      problem: refusal ? problemOf(refusal) : null,
    }));
  }

  private async refuseUploaded(plans: Plan[], items: GivenItem[]): Promise<void> {
    const media = plans.map((plan, index) => {
      const given = items[index];
      const { create, change } = given && 'item' in given ? given.item : {};
      return (isWritten(plan) && (create ?? change)?.media) || [];
    });
    const refusals = await this.pictures.refusalsOf(media);
    for (const [index, plan] of plans.entries()) {
      const refusal = refusals[index];
      if (refusal) refuse(plan, refusal);
    }
  }

  /** Refuses what the products' types or the database would refuse. */
  private async examine(plans: Plan[]): Promise<void> {
    const changing = plans.filter((plan): plan is Plan & { product: Product } => isWritten(plan));
    const products = changing.map(({ product }) => product);
    if (products.length === 0) return;
    const added = changing.flatMap(({ product, outcome }) => (outcome === 'created' ? product : []));
    const types = await this.types.of(changing.flatMap(({ product, isHeld }) => (isHeld ? product : [])));
    const [named] = await this.database.query<Named>(NAMED, namedBy(products, added));
    const conflicts = new Conflicts(named as Named);
    for (const plan of changing) {
      const isNew = plan.outcome === 'created';
      const refusal = (plan.isHeld && misfitOf(plan.product, types)) || conflicts.of(plan.product, isNew);
      if (refusal) refuse(plan, refusal);
    }
  }

  private async write(plans: Plan[]): Promise<void> {
    const of = (outcome: Plan['outcome']) =>
      plans.flatMap((plan) =>
        plan.outcome === outcome && plan.product ? [{ product: plan.product, offers: plan.offers ?? [] }] : [],
      );
    const created = of('created');
    if (created.length > 0) await this.products.insert(created);
    const archived = of('archived').map(({ product }) => product);
    await this.products.saveAllChanged([...of('changed').map(({ product }) => product), ...archived]);
    this.events.publish(...archived.map(({ id }) => new ProductArchived(id)));
  }
}

function planOf(given: GivenItem, known: Map<string, Product>, seen: Set<string>): Plan {
  if ('refusal' in given) return { outcome: 'refused', refusal: given.refusal };
  const { item } = given;
  try {
    demandOne(item);
    if (item.create) {
      const { variants, ...fields } = item.create;
      const product = Product.create({ ...fieldsOf(fields), variants } as ProductDraft);
      return {
        product,
        outcome: 'created',
        isHeld: true,
        offers: variants.map((variant, at) => offerOf(variant, `/variants/${at}`)),
      };
    }
    const id = (item.id as string).toLowerCase();
    const product = known.get(id);
    if (!product) throw new NotFoundProblem('Product', id);
    if (seen.has(id))
      throw fault('/id', 'duplicate', 'is in this request above: put what should change into one item.');
    product.expect(item.version as number);
    seen.add(id);
    if (item.archive) return { product, outcome: product.archive() ? 'archived' : 'unchanged' };
    const changes = fieldsOf(item.change ?? {}, product);
    const isHeld = product.isHeldFor(changes);
    return { product, isHeld, outcome: product.change(changes) ? 'changed' : 'unchanged' };
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    return { outcome: 'refused', refusal: thrown };
  }
}

function demandOne({ id, version, create, change, archive }: BulkItemRequest): void {
  const acts = [create, change, archive].filter((act) => act !== undefined && act !== null);
  if (acts.length !== 1) throw fault('', 'one_act', 'must have one of create, change and archive.');
  const named = id !== undefined && id !== null && version !== undefined;
  if (create && (id || version !== undefined)) throw fault('/id', 'new', 'a new product has no id and no version yet.');
  if (!create && !named) throw fault('/id', 'required', 'id and version are needed.');
}

const isWritten = ({ product, outcome }: Plan): boolean =>
  product !== undefined && !['refused', 'unchanged', 'archived'].includes(outcome);

function misfitOf(product: Product, types: Map<string, ProductType>): Refusal | undefined {
  if (product.typeId === null) return undefined;
  const type = types.get(product.typeId);
  if (!type) return unknownType();
  try {
    type.check(product);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown;
    throw thrown;
  }
}

const refuse = (plan: Plan, refusal: Refusal) => Object.assign(plan, { outcome: 'refused', refusal });

const problemOf = (refusal: Refusal): BulkRefusal => ({
  status: statusOf(refusal.problem.kind),
  code: refusal.problem.code,
  detail: refusal.message,
  errors: refusal.errors ?? [],
});
