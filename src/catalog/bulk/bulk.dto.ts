import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, Equals, IsArray, IsInt, IsUUID, Max, Min, ValidateNested } from 'class-validator';
import { IsGiven } from '../../platform/index.js';
import { ChangeProductRequest, CreateProductRequest } from '../products/products.dto.js';

export const MAX_ITEMS = 1000;

/** One change: a product to `create`, or one to `change` or to `archive`, then with its `id` and `version`. */
export class BulkItemRequest {
  /** The product to change or archive. */
  @IsGiven()
  @IsUUID()
  id?: string;

  /** Its version, as last read: it guards against overwriting what somebody else did since. @example 1 */
  @IsGiven()
  @IsInt()
  @Min(1)
  @Max(2_147_483_647)
  @ApiPropertyOptional({ type: 'integer' })
  version?: number;

  /** A new product. */
  @IsGiven()
  @ValidateNested()
  @Type(() => CreateProductRequest)
  create?: CreateProductRequest;

  /** What should be different. */
  @IsGiven()
  @ValidateNested()
  @Type(() => ChangeProductRequest)
  change?: ChangeProductRequest;

  /** Takes it off the shelves. */
  @IsGiven()
  @Equals(true, { message: 'must be true, or left out.' })
  @ApiPropertyOptional({ type: 'boolean' })
  archive?: boolean;
}

/** Many changes of products. */
export class BulkRequest {
  /** Each is done or refused on its own, also one that is malformed. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_ITEMS)
  @ValidateNested({ each: true })
  @Type(() => BulkItemRequest)
  items: BulkItemRequest[];
}

/** What is wrong with one field. */
export class BulkFieldError {
  /** JSON pointer into what the item says of the product. @example "/attributes/weight" */
  pointer: string;
  /** @example "attribute_kind" */
  code: string;
  /** @example "must be a number (in kg)." */
  message: string;
}

/** Why an item was refused: as the problem would be if it had been sent alone. */
export class BulkRefusal {
  /** Like an HTTP status. @example 409 */
  @ApiProperty({ type: 'integer' })
  status: number;
  /** @example "slug_taken" */
  code: string;
  /** @example "The slug \"copper-kettle\" is taken." */
  detail: string;
  errors: BulkFieldError[];
}

/** What became of an item. */
export class BulkResult {
  /** Its place in `items`, from 0. @example 0 */
  @ApiProperty({ type: 'integer' })
  index: number;
  /** `unchanged` when it was as asked for already. */
  @ApiProperty({ enum: ['created', 'changed', 'archived', 'unchanged', 'refused'] })
  outcome: 'created' | 'changed' | 'archived' | 'unchanged' | 'refused';
  /** The product; `null` when it was not made. */
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  id: string | null;
  /** Its version now; `null` when it was refused. @example 2 */
  @ApiProperty({ type: 'integer', nullable: true })
  version: number | null;
  @ApiProperty({ type: () => BulkRefusal, nullable: true, description: 'Why it was refused.' })
  problem: BulkRefusal | null;
}

/** What became of all of them, in the order they were sent. */
export class BulkResponse {
  data: BulkResult[];
  /** Always `null`: they come all at once. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
  /** How many were done, or were so already. @example 998 */
  @ApiProperty({ type: 'integer' })
  done: number;
  /** How many were refused. @example 2 */
  @ApiProperty({ type: 'integer' })
  refused: number;
}
