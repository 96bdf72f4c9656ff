import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, ArrayUnique, IsIn } from 'class-validator';

/** A query parameter of one or more names out of a closed list, with commas between: `fields=id,name`. */
export const OneOrMore = (names: readonly string[]) =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value)),
    IsIn(names, { each: true, message: `must be some of ${names.join(', ')}, with commas between.` }),
    ArrayMaxSize(names.length),
    ArrayUnique({ message: 'must not name one twice.' }),
    ApiPropertyOptional({ type: 'array', items: { type: 'string', enum: [...names] } }),
  );
