import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { addBounds } from './bounds.js';
import { completeOperation, EVERY_HEADER, type Operation } from './complete-operation.js';
import { addExamples } from './examples.js';
import { operationFacts, operationIdOf } from './operations.js';
import { joinSamePaths } from './paths.js';
import { problemSchemas } from './problem-schemas.js';
import { closeSchemas, freeBodies, type Schema } from './schemas.js';
import { tagsOf } from './tags.js';
import { usedSchemas } from './unused.js';

/** The version of the HTTP contract, not of the build. */
const VERSION = '1.0.0';

const DESCRIPTION = `Sign people in, keep a catalogue with prices and stock, take orders, move money.

- Money is integer minor units with an ISO 4217 code; times are RFC 3339 UTC; ids are UUIDs.
- Lists answer \`{ data, nextCursor }\`; pass \`nextCursor\` as \`cursor\` with the same filters and sort to go on.
- Every error is \`application/problem+json\` (RFC 9457) with a stable \`code\`; \`type\` links to cause and remedy.
- Repeat a POST or PATCH safely by sending the same \`Idempotency-Key\`, where the operation takes one.
- What several people may change carries an \`ETag\`; changing it needs \`If-Match\`.`;

/** The OpenAPI document: what the decorators say, completed with what they cannot say, and closed. */
export function buildDocument(app: NestFastifyApplication, baseUrl: string): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Galley')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .setContact('Galley', 'https://galley.dev', 'api@galley.dev')
    .addServer(baseUrl, 'This Galley')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token, or an API key (`glk_…`).' },
      'bearer',
    );
  const document = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: operationIdOf,
    autoTagControllers: false,
  });
  const facts = operationFacts(app);
  const used = new Set<string>();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item) as [string, Operation][]) {
      const known = facts.get(operation.operationId);
      if (!known) continue;
      operation.tags = operation.tags?.length ? operation.tags : [known.module];
      completeOperation({ path, method, operation, facts: known });
      for (const tag of operation.tags ?? []) used.add(tag);
    }
  }
  document.tags = tagsOf(used);
  joinSamePaths(document);
  const schemas = usedSchemas(document, { ...document.components?.schemas, ...problemSchemas() } as Record<
    string,
    Schema
  >);
  document.components = { ...document.components, schemas, headers: EVERY_HEADER } as NonNullable<
    OpenAPIObject['components']
  >;
  addBounds(schemas);
  freeBodies(document, schemas);
  closeSchemas(document);
  addExamples(document, schemas);
  return document;
}
