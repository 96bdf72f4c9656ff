import { ValidationFailed } from '../../platform/index.js';
import type { ProductFields } from './product.entity.js';

/** Categories that a product stands in besides its main one. */
export const MAX_FURTHER = 20;

type Places = Pick<ProductFields, 'categoryId' | 'categoryIds'>;

/**
 * What should be different, with the further categories that follow from it: the one that becomes the main category is no
 * further one any more. @throws {ValidationFailed} for the main category among those that are asked for.
 */
export function placed<T extends Partial<ProductFields>>(changes: T, now?: Places): T {
  const main = changes.categoryId === undefined ? now?.categoryId : changes.categoryId;
  const { categoryIds } = changes;
  if (categoryIds) {
    const index = main ? categoryIds.indexOf(main) : -1;
    if (index < 0) return changes;
    const message = 'is its main category already.';
    throw new ValidationFailed([{ pointer: `/categoryIds/${index}`, code: 'main_category', message }]);
  }
  if (!main || !now?.categoryIds.includes(main)) return changes;
  return { ...changes, categoryIds: now.categoryIds.filter((id) => id !== main) };
}

export const unknownCategory = (index: number): ValidationFailed =>
  new ValidationFailed([
    { pointer: `/categoryIds/${index}`, code: 'unknown_category', message: 'there is no such category.' },
  ]);
