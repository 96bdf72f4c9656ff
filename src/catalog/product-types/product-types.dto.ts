import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  Matches,
  ValidateNested,
} from 'class-validator';
import { IsGiven, IsText } from '../../platform/index.js';
import { IsTextList } from '../products/products.validators.js';
import { ATTRIBUTE_KINDS, type AttributeDefinition, type AttributeKind } from './attribute-definition.js';
import type { ProductType } from './product-type.entity.js';

const CODE = /^[a-z][a-z0-9_]{0,49}$/;
const CODE_MESSAGE = { message: 'must be 1 to 50 lower-case letters, digits and underscores, a letter first.' };

/** Something that products of a type say about themselves. */
export class AttributeDefinitionRequest {
  /** Its name in a product's `attributes`. @example "weight" */
  @Matches(CODE, CODE_MESSAGE)
  code: string;

  /** What people call it. @example "Weight" */
  @IsText({ max: 100 })
  name: string;

  /** What its values are. @example "number" */
  @IsIn(ATTRIBUTE_KINDS)
  @ApiProperty({ enum: ATTRIBUTE_KINDS })
  kind: AttributeKind;

  /** What a number counts. @example "kg" */
  @IsOptional()
  @IsText({ max: 20 })
  @ApiPropertyOptional({ type: 'string', nullable: true })
  unit?: string | null;

  /** What may be chosen, when `kind` is `choice`. @example [] */
  @IsGiven()
  @IsTextList({ count: 200, max: 100 })
  choices?: string[];

  /** Products need it to be active. */
  @IsGiven()
  @IsBoolean()
  required?: boolean;

  /** Lists can be filtered by it, and count its values. */
  @IsGiven()
  @IsBoolean()
  filterable?: boolean;

  /** Search finds products by it. */
  @IsGiven()
  @IsBoolean()
  searchable?: boolean;

  static definitionOf(request: AttributeDefinitionRequest): AttributeDefinition {
    const { code, name, kind, unit, choices, required, filterable, searchable } = request;
    return {
      ...{ code, name, kind, unit: unit ?? null, choices: choices ?? [] },
      ...{ required: required ?? false, filterable: filterable ?? false, searchable: searchable ?? false },
    };
  }
}

const codeOf = (definition: AttributeDefinitionRequest | null) => definition?.code;

/** A new type of product. */
export class CreateProductTypeRequest {
  /** Unlike any other type's. @example "kettle" */
  @Matches(CODE, CODE_MESSAGE)
  code: string;

  /** @example "Kettles" */
  @IsText({ max: 100 })
  name: string;

  /** In the order they are shown. */
  @IsArray()
  @ArrayMaxSize(50)
  @ArrayUnique(codeOf, { message: 'must not have two attributes of one code.' })
  @ValidateNested({ each: true })
  @Type(() => AttributeDefinitionRequest)
  attributes: AttributeDefinitionRequest[];
}

/** What should be different; what is left out stays. */
export class ChangeProductTypeRequest {
  /** Unlike any other type's. @example "kettle" */
  @IsGiven()
  @Matches(CODE, CODE_MESSAGE)
  code?: string;

  /** @example "Kettles" */
  @IsGiven()
  @IsText({ max: 100 })
  @ApiProperty({ required: false })
  name?: string;

  /** All of them, in the order they are shown. Products are held against them when their attributes or type next change, or when they are published. */
  @IsGiven()
  @IsArray()
  @ArrayMaxSize(50)
  @ArrayUnique(codeOf, { message: 'must not have two attributes of one code.' })
  @ValidateNested({ each: true })
  @Type(() => AttributeDefinitionRequest)
  attributes?: AttributeDefinitionRequest[];
}

/** Something that products of a type say about themselves. */
export class AttributeDefinitionResponse {
  /** Its name in a product's `attributes`. @example "weight" */
  code: string;
  /** What people call it. @example "Weight" */
  name: string;
  /** What its values are: texts, but for numbers and booleans. Dates are days such as 2026-05-04. */
  @ApiProperty({ enum: ATTRIBUTE_KINDS })
  kind: AttributeKind;
  /** What a number counts. */
  @ApiProperty({ type: 'string', nullable: true })
  unit: string | null;
  /** What may be chosen. */
  choices: string[];
  /** Products need it to be active. */
  required: boolean;
  /** Lists can be filtered by it, and count its values. */
  filterable: boolean;
  /** Search finds products by it. */
  searchable: boolean;
}

/** A type of product. */
export class ProductTypeResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example "kettle" */
  code: string;
  /** @example "Kettles" */
  name: string;
  attributes: AttributeDefinitionResponse[];
  /** Moves with each change; send it in If-Match. @example 1 */
  @ApiProperty({ type: 'integer' })
  version: number;

  static of({ id, code, name, attributes, version }: ProductType): ProductTypeResponse {
    return { id, code, name, attributes: attributes.map(AttributeDefinitionRequest.definitionOf), version };
  }
}

/** A page of types. */
export class ProductTypePage {
  data: ProductTypeResponse[];
  /** Send it as `cursor` for the next page; `null` at the end. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
