import type { OpenAPIObject } from '@nestjs/swagger';
import type { Schema } from './schemas.js';

const BY_FORMAT: Record<string, unknown> = {
  uuid: '01981f3c-6f0f-7cc0-a2c5-3b3e6a2f4d10',
  'date-time': '2026-05-04T12:30:00.000Z',
  email: 'ada@example.com',
  uri: 'https://galley.dev',
  password: 'correct horse battery',
};

interface Media {
  schema?: Schema;
  example?: unknown;
}

/** Gives every body an example, put together from the examples of its fields. */
export function addExamples(document: OpenAPIObject, schemas: Record<string, Schema>): void {
  // Undefined where a schema contains itself: a list of children ends there.
  const example = (schema: Schema, inside: string[] = []): unknown => {
    if (schema.examples) return schema.examples[0];
    if (schema.const !== undefined) return schema.const;
    if (schema.default !== undefined) return schema.default;
    if (schema.enum) return schema.enum[0];
    if (schema.$ref) {
      const name = schema.$ref.split('/').at(-1) ?? '';
      return inside.includes(name) ? undefined : example(schemas[name] ?? {}, [...inside, name]);
    }
    const variant = schema.oneOf?.[0] ?? schema.anyOf?.[0] ?? schema.allOf?.[0];
    if (variant) return example(variant, inside) ?? (admitsNull(schema) ? null : undefined);
    return ofType(schema, inside);
  };
  const ofType = (schema: Schema, inside: string[]): unknown => {
    const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
    if (type === 'object') {
      const entries = Object.entries(schema.properties ?? {});
      return Object.fromEntries(entries.map(([name, property]) => [name, example(property, inside)]));
    }
    if (type === 'array') return [schema.items && example(schema.items, inside)].filter((item) => item !== undefined);
    if (type === 'integer' || type === 'number') return schema['minimum'] ?? 1;
    if (type === 'boolean') return true;
    return BY_FORMAT[schema.format ?? ''] ?? 'text';
  };
  for (const item of Object.values(document.paths)) {
    for (const operation of Object.values(item) as {
      requestBody?: { content?: Record<string, Media> };
      responses?: Record<string, { content?: Record<string, Media> }>;
    }[]) {
      const contents = [
        operation.requestBody?.content,
        ...Object.values(operation.responses ?? {}).map(({ content }) => content),
      ];
      for (const media of contents.flatMap((content) => Object.values(content ?? {}))) {
        if (media.schema && media.example === undefined) media.example = example(media.schema);
      }
    }
  }
}

const admitsNull = ({ oneOf, anyOf }: Schema): boolean =>
  [...(oneOf ?? []), ...(anyOf ?? [])].some(({ type }) => type === 'null');
