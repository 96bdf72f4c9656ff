import type { OpenAPIObject } from '@nestjs/swagger';
import type { Schema } from './schemas.js';

const REF = /"#\/components\/schemas\/([^"]+)"/g;

/** The schemas that some operation uses, directly or through others. */
export function usedSchemas(document: OpenAPIObject, schemas: Record<string, Schema>): Record<string, Schema> {
  const used = new Set<string>();
  const follow = (node: unknown): void => {
    for (const [, name = ''] of JSON.stringify(node ?? null).matchAll(REF)) {
      if (used.has(name)) continue;
      used.add(name);
      follow(schemas[name]);
    }
  };
  follow(document.paths);
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
}
