import { ApiProperty } from '@nestjs/swagger';
import type { LinePrice } from '../../catalog/index.js';
import { Money } from '../../platform/index.js';

/** Why one costs what it costs. */
export class ItemPriceResponse {
  /** `list` when a price list sets it. @example "list" */
  @ApiProperty({ enum: ['base', 'list'] })
  source: 'base' | 'list';
  /** Code of the price list. @example "trade" */
  @ApiProperty({ type: 'string', nullable: true })
  listCode: string | null;
  /** From how many on this price holds. @example 10 */
  @ApiProperty({ type: 'integer' })
  minQuantity: number;
  /** What one costs where no price list applies. */
  basePrice: Money;
  /** In words for people. @example "Trade prices, from 10 pieces." */
  explanation: string;

  static of({ price, unitAmount }: Priced, currency: string): ItemPriceResponse {
    const { source, listCode, listName, minQuantity, baseAmount } = price ?? { ...BASE, baseAmount: unitAmount };
    const from = minQuantity > 1 ? `, from ${minQuantity} pieces` : '';
    const explanation = source === 'list' ? `${listName}${from}.` : 'Base price.';
    return { source, listCode, minQuantity, basePrice: { amount: baseAmount, currency }, explanation };
  }
}

interface Priced {
  price: LinePrice | null;
  unitAmount: number;
}

const BASE = { source: 'base', listCode: null, listName: null, minQuantity: 1 } as const;
