import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { ApiCode, IsCode, IsCurrency, Money, PageQuery, WholeNumber } from '../../platform/index.js';
import type { Explained } from './price-explanation.service.js';
import type { HistoryRow } from './price-history.service.js';
import { explain, REASONS, type Reason, reasonOf } from './price-reasons.js';

export class PriceHistoryQuery extends PageQuery {
  /** In which currency; left out, the shop's. @example "EUR" */
  @IsOptional()
  @IsCurrency()
  @ApiPropertyOptional({ pattern: '^[A-Z]{3}$' })
  currency?: string;
}

/** A price that was shown, until the one after it was. */
export class ShownPriceResponse {
  /** `null`: it was shown no more. */
  @ApiProperty({ type: () => Money, nullable: true })
  price: Money | null;
  /** What was shown as the price before. */
  @ApiProperty({ type: () => Money, nullable: true })
  compareAtPrice: Money | null;
  since: Date;

  static of({ currency, amount, compareAtAmount, since }: HistoryRow): ShownPriceResponse {
    const money = (value: number | null) => (value === null ? null : { amount: value, currency });
    return { price: money(amount), compareAtPrice: money(compareAtAmount), since };
  }
}

export class PriceHistoryPageResponse {
  data: ShownPriceResponse[];
  /** Send it as `cursor` for the next page; `null` at the end. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}

export class PriceQuery {
  /** How many on one line. @example 10 */
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(1)
  @Max(999)
  @ApiPropertyOptional({ type: 'integer', default: 1 })
  quantity: number = 1;

  /** In which currency; left out, the shop's. @example "EUR" */
  @IsOptional()
  @IsCurrency()
  @ApiPropertyOptional({ pattern: '^[A-Z]{3}$' })
  currency?: string;

  /** In which channel; left out, in none. @example "web" */
  @IsOptional()
  @IsCode()
  @ApiCode({ required: false, example: 'web' })
  channel?: string;

  /** For a customer of this group, instead of the caller's own: needs the permission `products:read`. @example "trade" */
  @IsOptional()
  @IsCode()
  @ApiCode({ required: false, example: 'trade' })
  group?: string;
}

/** A price on a list, and why it is the price or is not. */
export class PriceCandidateResponse {
  /** @example "trade" */
  listCode: string;
  /** @example "Trade prices" */
  listName: string;
  price: Money;
  /** From how many on. @example 10 */
  @ApiProperty({ type: 'integer' })
  minQuantity: number;
  /** @example 10 */
  @ApiProperty({ type: 'integer' })
  priority: number;
  @ApiProperty({ enum: REASONS })
  reason: Reason;
  /** In words for people. @example "It needs 10 pieces." */
  explanation: string;
}

/** What one of so many costs, and why. */
export class PriceExplanationResponse {
  /** What one costs. */
  price: Money;
  /** `list` when a price list sets it. @example "list" */
  @ApiProperty({ enum: ['base', 'list'] })
  source: 'base' | 'list';
  /** What one costs where no price list applies. */
  basePrice: Money;
  /** What is on price lists: what applies first, by priority and price. At most 200. */
  candidates: PriceCandidateResponse[];

  static of(explained: Explained): PriceExplanationResponse {
    const { currency, amount, baseAmount, listId, offers } = explained;
    return {
      price: { amount, currency },
      source: listId === null ? 'base' : 'list',
      basePrice: { amount: baseAmount, currency },
      candidates: offers.map((offer) => {
        const reason = reasonOf(offer, explained);
        const { listCode, listName, minQuantity, priority } = offer;
        const price = { amount: offer.amount, currency };
        return { listCode, listName, price, minQuantity, priority, reason, explanation: explain(offer, reason) };
      }),
    };
  }
}
