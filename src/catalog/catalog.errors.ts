import { Conflict, Problem } from '../platform/index.js';

@Problem({
  code: 'slug_taken',
  title: 'Slug is taken',
  cause: 'Another product, category, brand or collection has this slug already, or the name gives the same slug.',
  remedy: 'Send another `slug`.',
})
export class SlugTaken extends Conflict {
  constructor(slug: string) {
    super(`The slug "${slug}" is taken. Send another one as "slug".`);
  }
}

@Problem({
  code: 'sku_taken',
  title: 'SKU is taken',
  cause: 'Another variant has this SKU already, perhaps one of an archived product, or the request uses it twice.',
  remedy: 'Give each variant a SKU of its own, or change the variant that has it: `GET /v1/variants?sku=` finds it.',
})
export class SkuTaken extends Conflict {
  constructor(sku: string) {
    super(`The SKU "${sku}" is taken. GET /v1/variants?sku=${encodeURIComponent(sku)} shows by what.`);
  }
}

@Problem({
  code: 'code_taken',
  title: 'Code is taken',
  cause: 'Another product type has this code already.',
  remedy: 'Send another `code`.',
})
export class CodeTaken extends Conflict {
  constructor(code: string) {
    super(`The code "${code}" is taken.`);
  }
}

@Problem({
  code: 'external_id_taken',
  title: 'External id is taken',
  cause: 'Another product has this `externalId` already.',
  remedy: 'Change the product that has it, or send another one.',
})
export class ExternalIdTaken extends Conflict {
  constructor(externalId: string) {
    super(`The external id "${externalId}" is taken.`);
  }
}

@Problem({
  code: 'product_type_in_use',
  title: 'Product type is in use',
  cause: 'Products are of this type still (archived ones count).',
  remedy: 'Give those products another type first.',
})
export class ProductTypeInUse extends Conflict {
  constructor(code: string) {
    super(`Products are of the type "${code}" still.`);
  }
}

@Problem({
  code: 'brand_in_use',
  title: 'Brand is in use',
  cause: 'Products are of this brand still (archived ones count).',
  remedy: 'Give those products another brand first, or none.',
})
export class BrandInUse extends Conflict {
  constructor(slug: string) {
    super(
      `Products are of the brand "${slug}" still, perhaps archived ones: \`GET /v1/products?brand=${slug}\` lists them to staff. Give them another brand, or none.`,
    );
  }
}

@Problem({
  code: 'variants_would_go',
  title: 'Variants would go',
  cause: 'The options asked for have no place for some of the variants that there are.',
  remedy: 'Keep or rename their values, or send `archive: true` to take those variants off the shelves.',
  extra: {
    skus: {
      type: 'array',
      items: { type: 'string' },
      description: 'The variants without a place, at most 50 of them.',
    },
  },
})
export class VariantsWouldGo extends Conflict {
  constructor(skus: string[]) {
    const [count, them] = skus.length === 1 ? ['1 variant', 'it'] : [`${skus.length} variants`, 'them'];
    const named = `${skus.slice(0, 5).join(', ')}${skus.length > 5 ? ', …' : ''}`;
    super(`${count} would go: ${named}. Send "archive": true to let ${them} go.`, {
      extra: { skus: skus.slice(0, 50) },
    });
  }
}

@Problem({
  code: 'product_archived',
  title: 'Product is archived',
  cause: 'Archived products are kept as they were.',
  remedy: 'Set `status` to `draft` or `active` in the same request, then change it.',
})
export class ProductIsArchived extends Conflict {
  constructor(id: string) {
    super(`Product ${id} is archived. Set its status to draft or active to change it.`);
  }
}

@Problem({
  code: 'last_variant',
  title: 'A product keeps one variant',
  cause: 'The variant is the only one that its product has.',
  remedy: 'Add another variant first, or archive the product.',
})
export class LastVariant extends Conflict {
  constructor(sku: string) {
    super(`${sku} is the only variant of its product. Archive the product instead.`);
  }
}

@Problem({
  code: 'category_not_empty',
  title: 'Category is not empty',
  cause: 'The category still has subcategories or products (archived ones count).',
  remedy: 'Move or delete subcategories, and take products out of it: archived ones too.',
})
export class CategoryNotEmpty extends Conflict {
  constructor(slug: string, holds: string) {
    super(`The category "${slug}" still has ${holds}.`);
  }
}

export interface ShortLine {
  variantId: string;
  requested: number;
  available: number;
}

@Problem({
  code: 'out_of_stock',
  title: 'Not enough in stock',
  cause: 'Fewer are available than were asked for, of at least one line. Nothing was reserved.',
  remedy: 'Lower the quantities to what `lines` says is available, or remove those lines.',
  extra: {
    lines: {
      type: 'array',
      description: 'The lines that cannot be served.',
      items: {
        type: 'object',
        required: ['variantId', 'requested', 'available'],
        additionalProperties: false,
        properties: {
          variantId: { type: 'string', format: 'uuid' },
          requested: { type: 'integer' },
          available: { type: 'integer', description: 'How many could be had now.' },
        },
      },
    },
  },
})
export class OutOfStock extends Conflict {
  constructor(readonly lines: ShortLine[]) {
    super(`Not enough in stock for ${lines.length === 1 ? 'one line' : `${lines.length} lines`}.`, {
      extra: { lines },
    });
  }
}

@Problem({
  code: 'stock_below_reserved',
  title: 'Stock would not cover what is promised',
  cause: 'The adjustment would leave fewer on hand than orders and carts have reserved, or fewer than none.',
  remedy:
    'Adjust by less, cancel orders first, allow back-orders for the variant, or wait an hour at most for what carts hold.',
  extra: {
    onHand: { type: 'integer', description: 'How many are on hand now.' },
    reserved: { type: 'integer', description: 'How many of them are promised to orders, or held for carts.' },
  },
})
export class StockBelowReserved extends Conflict {
  constructor(delta: number, onHand: number, reserved: number) {
    const why = delta === 0 ? 'Back-orders cannot be ended' : `A change by ${delta} is not possible`;
    super(`${why}: ${onHand} are on hand, and ${reserved} are reserved.`, { extra: { onHand, reserved } });
  }
}

@Problem({
  code: 'price_list_code_taken',
  title: 'Code of a price list is taken',
  cause: 'Another price list has this code already.',
  remedy: 'Send another `code`, or change the list that has it.',
})
export class PriceListCodeTaken extends Conflict {
  constructor(code: string) {
    super(`There is a price list "${code}" already.`);
  }
}

@Problem({
  code: 'import_is_over',
  title: 'Import is over',
  cause: 'The import has ended already, so it cannot be stopped.',
  remedy: 'Read it to see what came of it. Send another file to change what it did.',
})
export class ImportIsOver extends Conflict {
  constructor(id: string, status: string) {
    super(`Import ${id} is ${status}.`);
  }
}

@Problem({
  code: 'too_many_collections',
  title: 'Too many collections',
  cause: 'There are as many collections as a shop can have: each change of a product is held against all their rules.',
  remedy: 'Delete a collection that is no longer needed first.',
})
export class TooManyCollections extends Conflict {
  constructor(most: number) {
    super(`There are ${most} collections already.`);
  }
}
