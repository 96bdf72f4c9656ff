/** A price that a line might have had, as the database has it. Amounts in minor units. */
export interface Offer {
  listId: string;
  listCode: string;
  listName: string;
  customerGroup: string | null;
  channel: string | null;
  startsAt: string | null;
  endsAt: string | null;
  priority: number;
  active: boolean;
  minQuantity: number;
  amount: number;
}

/** What was asked, and what the database chose. */
export interface Choice {
  quantity: number;
  channel: string | null;
  groups: string[];
  /** When it was asked. */
  moment: Date;
  /** The list that sets the price; null for the base price. */
  listId: string | null;
  minQuantity: number;
}

export const REASONS = [
  'applies',
  'inactive',
  'not_yet',
  'over',
  'other_channel',
  'other_group',
  'quantity',
  'larger_quantity',
  'outdone',
] as const;
export type Reason = (typeof REASONS)[number];

/** Why an offer is the price, or is not. */
export function reasonOf(offer: Offer, choice: Choice): Reason {
  const { moment, quantity, channel, groups } = choice;
  if (!offer.active) return 'inactive';
  if (offer.startsAt !== null && new Date(offer.startsAt) > moment) return 'not_yet';
  if (offer.endsAt !== null && new Date(offer.endsAt) <= moment) return 'over';
  if (offer.channel !== null && offer.channel !== channel) return 'other_channel';
  if (offer.customerGroup !== null && !groups.includes(offer.customerGroup)) return 'other_group';
  if (offer.minQuantity > quantity) return 'quantity';
  if (offer.listId !== choice.listId) return 'outdone';
  return offer.minQuantity === choice.minQuantity ? 'applies' : 'larger_quantity';
}

/** In words for people. */
export function explain(offer: Offer, reason: Reason): string {
  switch (reason) {
    case 'applies':
      return offer.minQuantity > 1 ? `It applies, from ${offer.minQuantity} pieces on.` : 'It applies.';
    case 'inactive':
      return 'The list is switched off.';
    case 'not_yet':
      return `It begins on ${offer.startsAt}.`;
    case 'over':
      return `It ended on ${offer.endsAt}.`;
    case 'other_channel':
      return `It is for the channel ${offer.channel} alone.`;
    case 'other_group':
      return `It is for the group ${offer.customerGroup} alone.`;
    case 'quantity':
      return `It needs ${offer.minQuantity} pieces.`;
    case 'larger_quantity':
      return 'The list has another price for as many as these.';
    case 'outdone':
      return 'Another list has a higher priority, or the same and a lower price.';
  }
}
