import type { Caller } from '../platform/index.js';

/** Whether this caller sees what is not for shoppers: drafts, archived products, collections that are not published. */
export const seesAll = (caller: Caller): boolean => caller.can('products:read') || caller.can('products:write');
