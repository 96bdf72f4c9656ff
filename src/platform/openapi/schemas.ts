import type { OpenAPIObject } from '@nestjs/swagger';

/** As much of JSON Schema 2020-12 as the document uses. */
export interface Schema {
  type?: string | string[];
  $ref?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  description?: string;
  example?: unknown;
  examples?: unknown[];
  default?: unknown;
  nullable?: boolean;
  [keyword: string]: unknown;
}

/** A body in which nothing is required need not be sent. */
export function freeBodies(document: OpenAPIObject, schemas: Record<string, Schema>): void {
  for (const item of Object.values(document.paths)) {
    for (const { requestBody } of Object.values(item) as { requestBody?: Body }[]) {
      const name = requestBody?.content['application/json']?.schema?.$ref?.split('/').at(-1);
      if (requestBody && name && (schemas[name]?.required ?? []).length === 0) requestBody.required = false;
    }
  }
}

interface Body {
  required?: boolean;
  content: Record<string, { schema?: Schema }>;
}

/** Walks every schema of the document and says all of each: closed objects, 3.1 nullability and examples. */
export function closeSchemas(document: OpenAPIObject): void {
  visit(document.paths);
  visit(document.components?.schemas);
}

function visit(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    for (const child of node) visit(child);
    return;
  }
  const schema = node as Schema;
  // `properties` and `example` hold names and values, not schemas: they are not to be read as one.
  for (const [key, child] of Object.entries(schema)) {
    if (key === 'example' || key === 'examples' || key === 'default' || key === 'enum' || key === 'const') continue;
    visit(child);
  }
  if (isObjectSchema(schema) && schema.additionalProperties === undefined) schema.additionalProperties = false;
  spellNullable(schema);
  if (looksLikeSchema(schema) && 'example' in schema) {
    schema.examples = [schema.example];
    delete schema.example;
  }
}

const isObjectSchema = (schema: Schema): boolean => schema.type === 'object' && typeof schema.properties === 'object';

const looksLikeSchema = (schema: Schema): boolean =>
  typeof schema.type === 'string' ||
  Array.isArray(schema.type) ||
  schema.enum !== undefined ||
  schema.oneOf !== undefined;

/** OpenAPI 3.0's `nullable` means nothing in 3.1: null is a type there. */
function spellNullable(schema: Schema): void {
  if (schema.nullable !== true) return;
  delete schema.nullable;
  if (typeof schema.type === 'string') schema.type = [schema.type, 'null'];
  if (schema.enum && !schema.enum.includes(null)) schema.enum = [...schema.enum, null];
  const ref = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
  if (ref === undefined) return;
  delete schema.$ref;
  delete schema.allOf;
  schema.oneOf = [{ $ref: ref }, { type: 'null' }];
}
