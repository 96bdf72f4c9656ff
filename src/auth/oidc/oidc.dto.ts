import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { IsGiven } from '../../platform/index.js';
import { type BegunFlow, FLOW_SECONDS } from './oidc-flows.service.js';
import type { OidcProvider } from './oidc-provider.js';

export class BeginFlowRequest {
  /** Where to lead back to: a page of the shop, or another page or app that the operator allows; `/sign-in` of the shop by default. @example "https://shop.example.com/sign-in" */
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  @ApiProperty({ type: 'string', nullable: true, required: false, maxLength: 2000 })
  redirectTo?: string | null;
}

export class FinishFlowRequest {
  /** From what follows # in the address that the person came back to. @example "SplxlOBeZQQYbYS6WxSbIA" */
  @IsString()
  @MaxLength(4000)
  code: string;
  /** From there too. @example "af0ifjsldkj3fW1KxQ8mZ7tYpVb0cNdRhGqLs2uXe4o" */
  @IsString()
  @MaxLength(200)
  state: string;
  /** From there too, when it is there. @example "https://accounts.google.com" */
  @IsGiven()
  @IsString()
  @MaxLength(1000)
  @ApiProperty({ required: false })
  iss?: string;
  /** From the answer with which this began. @example "glo_8sVn3Qe7LrYw0KfTd5uXq1ZjBm4HcAo6gPi2tWyUxEk" */
  @IsString()
  @MaxLength(200)
  flowToken: string;
}

export class FinishStepUpRequest extends FinishFlowRequest {
  /** From the authenticator app, or a recovery code: for accounts with a second factor. @example "492039" */
  @IsGiven()
  @IsString()
  @MaxLength(40)
  @ApiProperty({ required: false })
  factorCode?: string;
}

/** Somebody whom people can sign in with. */
export class OidcProviderResponse {
  /** For the path. @example "google" */
  name: string;
  /** For people. @example "Google" */
  title: string;

  static of({ name, title }: OidcProvider): OidcProviderResponse {
    return { name, title };
  }
}

/** All providers, in one page. */
export class OidcProviderListResponse {
  /** In the order in which to offer them. */
  data: OidcProviderResponse[];
  /** Always `null`: the list comes whole. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}

/** The way to the provider. */
export class BegunFlowResponse {
  /** Where to send the person. @example "https://accounts.google.com/o/oauth2/v2/auth?response_type=code" */
  url: string;
  /** Stands for this attempt, once. Keep it where only the page or app that asked can read it, such as `sessionStorage`. @example "glo_8sVn3Qe7LrYw0KfTd5uXq1ZjBm4HcAo6gPi2tWyUxEk" */
  flowToken: string;
  /** Seconds until it is worth nothing. @example 600 */
  @ApiProperty({ type: 'integer' })
  expiresIn: number;

  static of({ url, flowToken }: BegunFlow): BegunFlowResponse {
    return { url, flowToken, expiresIn: FLOW_SECONDS };
  }
}
