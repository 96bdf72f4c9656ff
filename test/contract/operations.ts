import type { TestApp } from '../support/app.js';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Schema {
  type?: string | string[];
  $ref?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  enum?: Json[];
  additionalProperties?: boolean | Schema;
  [keyword: string]: unknown;
}

export interface Media {
  schema: Schema;
  example?: Json;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  description?: string;
  schema: Schema;
}

export interface Operation {
  path: string;
  method: string;
  operationId: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, Media> };
  responses: Record<string, { description: string; headers?: Record<string, Schema>; content?: Record<string, Media> }>;
  security?: Record<string, string[]>[];
  'x-permission'?: string | null;
}

export interface Document {
  openapi: string;
  paths: Record<string, Record<string, Omit<Operation, 'path' | 'method'>>>;
  components: { schemas: Record<string, Schema>; headers: Record<string, object>; securitySchemes: object };
  tags: { name: string; description: string }[];
  servers: { url: string }[];
  info: Record<string, unknown>;
}

export async function documentOf(app: TestApp): Promise<Document> {
  return (await (await fetch(`${app.url}/openapi.json`)).json()) as Document;
}

export function operationsOf(document: Document): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      ...operation,
      parameters: operation.parameters ?? [],
      path,
      method: method.toUpperCase(),
    })),
  );
}

export const parametersIn = ({ parameters }: Operation, place: Parameter['in']): Parameter[] =>
  parameters.filter((parameter) => parameter.in === place);

export const jsonBody = ({ requestBody }: Operation): Media | undefined => requestBody?.content['application/json'];

/** The media type of a body that is a file. */
export const fileBody = ({ requestBody }: Operation): string | undefined =>
  Object.keys(requestBody?.content ?? {}).find((type) => !type.includes('/json'));

/** Anyone may call, with or without a token. */
export const isPublic = ({ security }: Operation): boolean =>
  !security || security.length === 0 || security.some((scheme) => Object.keys(scheme).length === 0);

/** A token is not even looked at. */
export const isAnonymous = ({ security }: Operation): boolean => security?.length === 0;

/** Owners may, as the description says in words. */
export const letsOwners = ({ description }: Operation): boolean => /or to be the owner/.test(description ?? '');

/** Every stable problem code that the document names. */
export function problemCodes({ components }: Document): string[] {
  return Object.values(components.schemas).flatMap(({ properties }) => {
    const code = properties?.['type'] && properties['instance'] ? properties['code']?.['const'] : undefined;
    return typeof code === 'string' ? [code] : [];
  });
}

/** Follows a reference, and the one variant that is an object where null is the other. */
export function resolve(document: Document, schema: Schema): Schema {
  if (schema.$ref) return resolve(document, document.components.schemas[schema.$ref.split('/').at(-1)!]!);
  const variants = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (!variants || schema.properties) return schema;
  const object = variants.map((variant) => resolve(document, variant)).find(({ properties }) => properties);
  return object ?? schema;
}
