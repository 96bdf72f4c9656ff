import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiResponse } from '@nestjs/swagger';

/** Says that what was asked for has another address now: 301, with the query of the request. */
export class Moved {
  constructor(readonly path: string) {}
}

/** Where it is now. */
export class MovedResponse {
  /** The same as the header says. @example "/v1/products/copper-kettle" */
  @ApiProperty()
  location: string;
}

/** An operation that may answer `Moved`. */
export const Moves = () =>
  applyDecorators(
    ApiResponse({
      status: 301,
      type: MovedResponse,
      description: 'It has another address now.',
      headers: {
        Location: {
          description: 'Where it is now.',
          schema: { type: 'string', examples: ['/v1/products/copper-kettle'] },
        },
        'Cache-Control': {
          description: 'Ask again: somebody else may get the old address.',
          schema: { type: 'string', examples: ['no-cache'] },
        },
      },
    }),
  );
