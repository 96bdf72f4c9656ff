import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type FieldError, newId, Stale, ValidationFailed } from '../../platform/index.js';
import { differing } from '../products/given.js';
import type { ProductFields } from '../products/product.entity.js';
import { type AttributeDefinition, attributeErrors } from './attribute-definition.js';

export interface ProductTypeFields {
  code: string;
  name: string;
  attributes: AttributeDefinition[];
}

type Typed = Pick<ProductFields, 'attributes' | 'status' | 'publishAt'>;

/** A kind of product: what its products say about themselves. */
@Entity({ schema: 'catalog', name: 'product_types' })
export class ProductType implements ProductTypeFields {
  @PrimaryColumn('uuid') id: string;
  @Column('text') code: string;
  @Column('text') name: string;
  @Column('jsonb') attributes: AttributeDefinition[];
  @Column('integer') version: number;
  @Column({ type: 'timestamptz', precision: 3 }) createdAt: Date;
  @Column({ type: 'timestamptz', precision: 3 }) updatedAt: Date;

  static create(fields: ProductTypeFields): ProductType {
    const now = new Date();
    const type = Object.assign(new ProductType(), {
      id: newId(),
      ...fields,
      version: 1,
      createdAt: now,
      updatedAt: now,
    });
    type.demandChoices();
    return type;
  }

  /** @throws {Stale} when `version` is not what the caller has seen. */
  expect(version: number): this {
    if (this.version !== version) throw new Stale(this.version);
    return this;
  }

  /** True when something differs afterwards. `Product.isHeldFor` says when products are held against it. */
  change(changes: Partial<ProductTypeFields>): boolean {
    const differences = differing<ProductTypeFields>(this, changes);
    if (Object.keys(differences).length === 0) return false;
    Object.assign(this, differences, { version: this.version + 1, updatedAt: new Date() });
    this.demandChoices();
    return true;
  }

  /** @throws {ValidationFailed} when a product's attributes are not what this type asks for. */
  check(product: Typed): void {
    const errors = this.errorsOf(product);
    if (errors.length > 0) throw new ValidationFailed(errors.slice(0, 50));
  }

  /** What is wrong with a product's attributes. Of an archived one nothing is asked until it is brought back. */
  errorsOf({ attributes, status, publishAt }: Typed): FieldError[] {
    if (status === 'archived') return [];
    return attributeErrors(this.attributes, attributes, status === 'active' || publishAt !== null);
  }

  private demandChoices(): void {
    const errors = this.attributes.flatMap(({ kind, choices, unit }, index) => [
      ...((kind === 'choice') === choices.length > 0
        ? []
        : [
            {
              pointer: `/attributes/${index}/choices`,
              code: 'choices',
              message: kind === 'choice' ? 'must name what can be chosen.' : `a ${kind} has no choices.`,
            },
          ]),
      ...(unit === null || kind === 'number'
        ? []
        : [
            { pointer: `/attributes/${index}/unit`, code: 'unit', message: `only numbers have a unit, not a ${kind}.` },
          ]),
    ]);
    if (errors.length > 0) throw new ValidationFailed(errors);
  }
}
