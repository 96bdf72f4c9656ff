import { ApiProperty } from '@nestjs/swagger';
import { IsTextList } from '../products/products.validators.js';

/** Words that mean the same. */
export class SynonymsRequest {
  /** Words or phrases, in any language of the shop. @example ["sofa", "couch", "settee"] */
  @IsTextList({ min: 2, count: 20, max: 50 })
  words: string[];
}

/** Words that mean the same: whoever searches for one finds the others. */
export class SynonymsResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example ["sofa", "couch", "settee"] */
  words: string[];
  /** Moves with each change; send it in If-Match. @example 1 */
  @ApiProperty({ type: 'integer' })
  version: number;
}

/** A page of synonyms. */
export class SynonymsPage {
  data: SynonymsResponse[];
  /** Send it as `cursor` for the next page; `null` at the end. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
