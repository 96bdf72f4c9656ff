import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsLocale, IsOptional, MaxLength, ValidateNested } from 'class-validator';
import { IsCurrency, IsGiven, IsText } from '../../platform/index.js';

/** Of what to write; what must be written, such as bills, is always. */
export class NotificationChoicesRequest {
  /** When goods were sent, and where they are; true without a choice. */
  @IsGiven()
  @IsBoolean()
  orderUpdates?: boolean;
  /** When something is in stock again that was asked for; false without a choice. */
  @IsGiven()
  @IsBoolean()
  backInStock?: boolean;
}

/** Of what is written to a customer. */
export class NotificationChoices {
  /** When goods were sent, and where they are. */
  orderUpdates: boolean;
  /** When something is in stock again that was asked for. */
  backInStock: boolean;
}

/** Whether the shop may write to advertise. */
export class MarketingConsentRequest {
  /** True for yes. */
  @IsBoolean()
  granted: boolean;
  /** Where it was asked: what was ticked or clicked. @example "checkout" */
  @IsText({ max: 100 })
  source: string;
}

/** All preferences: what is left out goes back to what it is without a choice, but for `marketing`, which stays as it was. */
export class PutPreferencesRequest {
  /** BCP 47 tag of the language to write in. @example "de-DE" */
  @IsOptional()
  @IsLocale({ message: 'must be a BCP 47 language tag such as de or en-GB.' })
  @MaxLength(35)
  @ApiProperty({ type: 'string', nullable: true, required: false })
  language?: string | null;
  /** ISO 4217 code of the currency to show prices in. @example "EUR" */
  @IsOptional()
  @IsCurrency()
  @ApiProperty({ type: 'string', nullable: true, required: false })
  currency?: string | null;
  @IsGiven()
  @ValidateNested()
  @Type(() => MarketingConsentRequest)
  marketing?: MarketingConsentRequest;
  @IsGiven()
  @ValidateNested()
  @Type(() => NotificationChoicesRequest)
  notifications?: NotificationChoicesRequest;
}

/** What was last said about advertising. */
export class MarketingConsentResponse {
  granted: boolean;
  /** Where it was asked; null as long as nobody has. @example "checkout" */
  @ApiProperty({ type: 'string', nullable: true })
  source: string | null;
  /** When it was answered; null as long as nobody has. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  at: Date | null;
}

/** How a customer wants to be treated. */
export class PreferencesResponse {
  /** @example "de-DE" */
  @ApiProperty({ type: 'string', nullable: true })
  language: string | null;
  /** @example "EUR" */
  @ApiProperty({ type: 'string', nullable: true })
  currency: string | null;
  marketing: MarketingConsentResponse;
  notifications: NotificationChoices;
}
