import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Matches } from 'class-validator';

const CODE = '^[A-Za-z0-9](?:[A-Za-z0-9-]{0,48}[A-Za-z0-9])?$';

/** What price lists, channels and customer groups are named by: letters, digits and hyphens, up to 50, taken to the letter. */
export const IsCode = ({ each = false } = {}): PropertyDecorator =>
  Matches(new RegExp(CODE), { each, message: 'must be letters, digits and hyphens, 1 to 50 of them.' });

/** A code in the document. */
export const ApiCode = (options: ApiPropertyOptions = {}): PropertyDecorator =>
  applyDecorators(ApiProperty({ type: 'string', pattern: CODE, ...options } as ApiPropertyOptions));
