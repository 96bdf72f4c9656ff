import {
  checkedAs,
  type FieldError,
  isUuid,
  Refusal,
  UnknownProperty,
  ValidationFailed,
} from '../../platform/index.js';
import { BulkItemRequest, BulkRequest } from './bulk.dto.js';

/** What was sent as an item: one that can be read, or why it cannot; with the id of its product, where it has one. */
export type GivenItem = { id: string | null } & ({ item: BulkItemRequest } | { refusal: Refusal });

/**
 * The items of a request, each looked at on its own.
 * @throws {MalformedRequest} {UnknownProperty} {ValidationFailed} for what is wrong with the request as a whole.
 */
export async function itemsOf(body: unknown): Promise<GivenItem[]> {
  const items = (body as { items?: unknown } | null | undefined)?.items;
  const whole = Array.isArray(items) ? { ...(body as object), items: items.map(() => ({})) } : body;
  await checkedAs(BulkRequest, whole === undefined ? {} : whole);
  return Promise.all((items as unknown[]).map(readItem));
}

async function readItem(given: unknown): Promise<GivenItem> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return { id: null, refusal: fault('', 'is_object', 'must be an object.') };
  }
  const { id } = given as { id?: unknown };
  const named = typeof id === 'string' && isUuid(id) ? id : null;
  try {
    return { id: named, item: await checkedAs(BulkItemRequest, given) };
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    return { id: named, refusal: asAlone(thrown) };
  }
}

/** Points into the product, as if the item had been sent alone. */
function asAlone(refusal: Refusal): Refusal {
  const errors = (refusal.errors ?? []).map((error) => ({
    ...error,
    pointer: error.pointer.replace(/^\/(create|change)(?=\/|$)/, ''),
  }));
  return refusal instanceof UnknownProperty ? new UnknownProperty(errors) : invalid(errors);
}

export const fault = (pointer: string, code: string, message: string) => invalid([{ pointer, code, message }]);

/** Of the item as a whole there is no pointer to tell of. */
const invalid = (errors: FieldError[]) =>
  new ValidationFailed(
    errors,
    errors.map(({ pointer, message }) => `${pointer === '' ? 'The item' : `${pointer}:`} ${message}`).join(' '),
  );
