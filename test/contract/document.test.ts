import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { galley } from '../support/app.js';
import {
  type Document,
  documentOf,
  isAnonymous,
  isPublic,
  jsonBody,
  letsOwners,
  type Media,
  type Operation,
  operationsOf,
  parametersIn,
  problemCodes,
  type Schema,
} from './operations.js';

const app = galley();
let document: Document;
let operations: Operation[];

beforeAll(async () => {
  document = await documentOf(app);
  operations = operationsOf(document);
});

/** Lines about the operations that lack something; none is what is wanted. */
const lacking = (lacks: (operation: Operation) => string | false | undefined): string[] =>
  operations.flatMap((operation) => {
    const what = lacks(operation);
    return what ? [`${operation.method} ${operation.path}: ${what}`] : [];
  });

/** Every body of the document, requests and answers. */
function bodies(): { where: string; media: Media; pointer: string }[] {
  return operations.flatMap(({ method, path, requestBody, responses }) => {
    const base = `#/paths/${token(path)}/${method.toLowerCase()}`;
    const of = (content: Record<string, Media> | undefined, where: string, pointer: string) =>
      Object.entries(content ?? {}).map(([type, media]) => ({
        where: `${method} ${path} ${where} ${type}`,
        media,
        pointer: `${pointer}/content/${token(type)}/schema`,
      }));
    return [
      ...of(requestBody?.content, 'request', `${base}/requestBody`),
      ...Object.entries(responses).flatMap(([status, { content }]) =>
        of(content, status, `${base}/responses/${status}`),
      ),
    ];
  });
}

const token = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

/** Every schema of the document, with its place. */
function schemas(node: unknown = document, place = '#'): [string, Schema][] {
  if (typeof node !== 'object' || node === null) return [];
  const { type, $ref, oneOf } = node as Schema;
  const isSchema = typeof type === 'string' || Array.isArray(type) || typeof $ref === 'string' || Array.isArray(oneOf);
  const own: [string, Schema][] = isSchema && !place.includes('securitySchemes') ? [[place, node as Schema]] : [];
  const children = Object.entries(node).filter(
    ([key]) => !['example', 'examples', 'default', 'enum', 'const'].includes(key),
  );
  return [...own, ...children.flatMap(([key, child]) => schemas(child, `${place}/${key}`))];
}

const nameOf = ({ $ref }: Schema): string | undefined => $ref?.split('/').at(-1);

describe('The document', () => {
  it('is OpenAPI 3.1 and says who made it, where it runs and under which licence', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({
      title: expect.stringMatching(/\w/),
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      license: { name: expect.stringMatching(/\w/) },
    });
    expect(document.servers[0]?.url).toBe(app.url);
    expect(document.components.securitySchemes).toMatchObject({ bearer: { type: 'http', scheme: 'bearer' } });
  });

  it('says the same as YAML', async () => {
    const yaml = await (await fetch(`${app.url}/openapi.yaml`)).text();
    for (const { operationId } of operations) expect(yaml).toContain(`operationId: ${operationId}`);
  });

  it('refers to nothing that is not there, and has no schema that nothing refers to', () => {
    const text = JSON.stringify(document);
    const refs = new Set([...text.matchAll(/"(#\/components\/[^"]+)"/g)].map(([, ref]) => ref!));
    const there = (ref: string) =>
      ref
        .slice(2)
        .split('/')
        .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);
    expect([...refs].filter((ref) => there(ref) === undefined)).toEqual([]);
    const unused = Object.keys(document.components.schemas).filter((name) => !refs.has(`#/components/schemas/${name}`));
    expect(unused).toEqual([]);
  });

  it('has only JSON Schema 2020-12 in it, without words of OpenAPI 3.0', () => {
    const ajv = new Ajv2020({ strict: false });
    formats.default(ajv);
    const wrong = schemas().flatMap(([place, schema]) => {
      if ('nullable' in schema || 'example' in schema) return [`${place}: 3.0`];
      if (!ajv.validateSchema(schema)) return [`${place}: ${ajv.errorsText(ajv.errors)}`];
      return [];
    });
    expect(wrong).toEqual([]);
  });

  it('closes every object, so that a stray property is seen', () => {
    const open = schemas().filter(
      ([place, { type, properties, additionalProperties }]) =>
        type === 'object' &&
        properties !== undefined &&
        additionalProperties !== false &&
        !place.includes('/webhooks/'),
    );
    expect(open.map(([place]) => place)).toEqual([]);
    const shapeless = schemas().filter(
      ([place, { type, properties, additionalProperties }]) =>
        type === 'object' && !properties && !additionalProperties && !place.includes('/webhooks/'),
    );
    expect(shapeless.map(([place]) => place)).toEqual([]);
  });

  it('names each property that an answer always has as required', () => {
    const answers = new Set(
      operations.flatMap(({ responses }) =>
        Object.values(responses).flatMap(({ content = {} }) =>
          Object.values(content).flatMap(({ schema }) => (schema.$ref ? [schema.$ref.split('/').at(-1)!] : [])),
        ),
      ),
    );
    const loose = [...answers].filter((name) => {
      const { properties = {}, required = [] } = document.components.schemas[name]!;
      return Object.keys(properties).some((property) => !required.includes(property));
    });
    expect(loose).toEqual([]);
  });

  it('describes its tags, and uses each', () => {
    const declared = document.tags.map(({ name }) => name);
    const used = new Set(operations.flatMap(({ tags = [] }) => tags));
    expect([...used].filter((tag) => !declared.includes(tag))).toEqual([]);
    expect(declared.filter((tag) => !used.has(tag))).toEqual([]);
    expect(document.tags.filter(({ description }) => !/\w.*[.]$/.test(description))).toEqual([]);
  });
});

describe('Every operation', () => {
  it('has a name of its own that is good in any language', () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(names.filter((name, index) => !/^[a-z][A-Za-z0-9]+$/.test(name) || names.indexOf(name) !== index)).toEqual(
      [],
    );
  });

  it('says in a line what it does, and in sentences who may', () => {
    expect(lacking(({ summary }) => !/^[A-Z].{3,60}$/.test(summary ?? '') && `summary "${summary}"`)).toEqual([]);
    expect(lacking(({ summary }) => /\.$/.test(summary ?? '') && 'a full stop in the summary')).toEqual([]);
    expect(lacking(({ description }) => !/\w{3,}.*\.$/s.test(description ?? '') && 'description')).toEqual([]);
    expect(lacking(({ tags }) => tags?.length !== 1 && `tags ${tags}`)).toEqual([]);
  });

  it('names its permission for machines and for people', () => {
    expect(lacking((operation) => !('x-permission' in operation) && 'x-permission')).toEqual([]);
    expect(
      lacking(({ 'x-permission': permission, description = '' }) =>
        permission ? !description.includes(`\`${permission}\``) && permission : false,
      ),
    ).toEqual([]);
    expect(lacking((operation) => !operation.security && 'security')).toEqual([]);
    expect(
      lacking((operation) => isPublic(operation) && operation['x-permission'] !== null && 'public with a permission'),
    ).toEqual([]);
    expect(
      lacking(
        (operation) =>
          isPublic(operation) &&
          !isAnonymous(operation) &&
          !/Anyone may call this/.test(operation.description ?? '') &&
          'words',
      ),
    ).toEqual([]);
  });

  it('names the problems that it can answer', () => {
    const statuses = (operation: Operation): string[] => {
      const body = operation.requestBody !== undefined;
      const query = parametersIn(operation, 'query').length > 0;
      const required = (name: string) => operation.parameters.some((one) => one.name === name && one.required);
      const when = (condition: unknown, ...codes: string[]) => (condition ? codes : []);
      return [
        ...['400', '500', '503'],
        ...when(!operation.path.startsWith('/health'), '429'),
        ...when(!isAnonymous(operation), '401'),
        ...when(operation['x-permission'] && !letsOwners(operation), '403'),
        ...when(operation.path.includes('{'), '404'),
        ...when(body, '413', '415'),
        ...when((body && operation.path.indexOf('/webhooks/') < 0) || query, '422'),
        ...when(required('If-Match'), '412', '428'),
        ...when(
          operation.parameters.some(({ name }) => name === 'Idempotency-Key'),
          '409',
          '422',
        ),
      ];
    };
    expect(
      lacking((operation) => {
        const missing = statuses(operation).filter((status) => !operation.responses[status]);
        return missing.length > 0 && `no ${missing.join(', ')}`;
      }),
    ).toEqual([]);
  });

  it('answers in JSON, problems as problem+json, each status with words, and a made thing with its place', () => {
    const wrong = operations.flatMap(({ method, path, responses }) =>
      Object.entries(responses).flatMap(([status, { description, headers = {}, content }]) => {
        const at = `${method} ${path} ${status}`;
        const type = Number(status) >= 400 ? 'application/problem+json' : 'application/json';
        const empty = ['204', '304'].includes(status);
        const types = Object.keys(content ?? {});
        const file =
          status === '200' && (headers['Content-Disposition'] || types.every((one) => one.startsWith('image/')));
        return [
          ...(/\w/.test(description) ? [] : [`${at}: no words`]),
          ...(file || types.join() === (empty ? '' : type) ? [] : [`${at}: ${types}`]),
          ...(status === '201' && !headers['Location'] && !path.startsWith('/v1/auth/') ? [`${at}: no Location`] : []),
          ...(['429', '503'].includes(status) && !headers['Retry-After'] ? [`${at}: no Retry-After`] : []),
          ...(headers['X-Request-Id'] ? [] : [`${at}: no X-Request-Id`]),
        ];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('describes each of its parameters, and lists take limit and cursor', () => {
    expect(
      lacking(({ parameters }) =>
        parameters
          .filter(
            ({ description, in: place, schema }) => (place !== 'path' && !/\w/.test(description ?? '')) || !schema,
          )
          .map(({ name }) => name)
          .join(),
      ),
    ).toEqual([]);
    expect(
      lacking((operation) => {
        const names = parametersIn(operation, 'query').map(({ name }) => name);
        return names.includes('cursor') !== names.includes('limit') && 'one of limit and cursor';
      }),
    ).toEqual([]);
    expect(
      lacking((operation) =>
        parametersIn(operation, 'query')
          .filter(({ required, schema }) => required && 'default' in schema)
          .map(({ name }) => `${name} is required and has a default`)
          .join(),
      ),
    ).toEqual([]);
    const inPath = ({ path }: Operation) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).join();
    expect(
      lacking(
        (one) =>
          inPath(one) !==
            parametersIn(one, 'path')
              .map(({ name }) => name)
              .join() && 'path',
      ),
    ).toEqual([]);
  });

  it('has no default in its body: generators take it for what is always sent, and a change keeps what is left out', () => {
    const defaultsIn = ({ requestBody }: Operation): string[] => {
      const reached: [string, Schema][] = schemas(requestBody?.content ?? {});
      const seen = new Set<string>();
      for (const [, schema] of reached) {
        const name = nameOf(schema);
        if (name === undefined || seen.has(name)) continue;
        seen.add(name);
        reached.push(...schemas(document.components.schemas[name], name));
      }
      return reached.filter(([, schema]) => 'default' in schema).map(([place]) => place);
    };
    expect(lacking((operation) => defaultsIn(operation).join())).toEqual([]);
  });

  it('takes an Idempotency-Key wherever it makes or changes something by POST or PATCH', () => {
    // Answers that hold secrets are not stored; the sandbox plays the outside world; a file that is sent again changes nothing.
    const exempt = /^\/v1\/(auth\/|imports$|payments\/(webhooks|sandbox)\/|api-keys(\/\{id\}\/rotation)?$)/;
    expect(
      lacking(
        ({ method, path, parameters }) =>
          ['POST', 'PATCH'].includes(method) &&
          !exempt.test(path) &&
          !parameters.some(({ name }) => name === 'Idempotency-Key') &&
          'no key',
      ),
    ).toEqual([]);
    const required = operations.filter(({ parameters }) =>
      parameters.some((one) => one.name === 'Idempotency-Key' && one.required),
    );
    for (const path of [
      '/v1/orders',
      '/v1/carts/{id}/checkout',
      '/v1/payments/{id}/refunds',
      '/v1/payments/{id}/captures',
      '/v1/payments/{id}/void',
    ])
      expect(required.map((one) => one.path)).toContain(path);
  });
});

describe('Every example', () => {
  it('is there for each body', () => {
    expect(
      bodies()
        .filter(({ media }) => media.example === undefined)
        .map(({ where }) => where),
    ).toEqual([]);
  });

  it('is what its schema says', () => {
    const ajv = new Ajv2020({ strict: false, discriminator: false });
    formats.default(ajv);
    ajv
      .addFormat('currency', /^[A-Z]{3}$/)
      .addFormat('int64', true)
      .addFormat('password', true);
    ajv.addSchema({ ...document, $id: 'openapi' });
    const validators = new Map<string, ValidateFunction>();
    const wrong = bodies().flatMap(({ where, media, pointer }) => {
      const key = JSON.stringify(media.schema);
      const validate = validators.get(key) ?? ajv.compile({ $ref: `openapi${pointer}` });
      validators.set(key, validate);
      return validate(media.example) ? [] : [`${where}: ${ajv.errorsText(validate.errors)}`];
    });
    expect(wrong).toEqual([]);
  });

  it('is more than the word text where a client developer would copy it', () => {
    const dull = operations.filter((operation) => /"text"/.test(JSON.stringify(jsonBody(operation)?.example ?? null)));
    expect(
      dull.map(({ operationId, requestBody }) => `${operationId} ${JSON.stringify(requestBody?.content)}`),
    ).toEqual([]);
  });
});

describe('Every problem', () => {
  it('has a page with cause and remedy where its type leads, listed on one page', async () => {
    const codes = problemCodes(document);
    expect(codes.length).toBeGreaterThan(30);
    const list = await (await fetch(`${app.url}/docs/problems`)).text();
    const wrong: string[] = [];
    for (const code of codes) {
      const response = await fetch(`${app.url}/docs/problems/${code}`);
      const page = await response.text();
      if (response.status !== 200 || !/text\/html/.test(response.headers.get('content-type') ?? ''))
        wrong.push(`${code}: ${response.status}`);
      if (!/<h2>Cause<\/h2><p>.{15,}<\/p>\s*<h2>Remedy<\/h2><p>.{10,}<\/p>/.test(page))
        wrong.push(`${code}: no cause and remedy`);
      if (!list.includes(`/docs/problems/${code}"`)) wrong.push(`${code}: not listed`);
    }
    expect(wrong).toEqual([]);
  });

  it('that is answered links to its page', async () => {
    for (const { body } of [
      await app.anyone.get('/v1/me'),
      await app.anyone.get('/v1/products?limit=0'),
      await app.anyone.get('/v1/products/nothing-of-the-kind'),
      await app.anyone.post('/v1/auth/login', '{'),
      await app.anyone.get('/nowhere'),
    ]) {
      expect(body.type).toBe(`${app.url}/docs/problems/${body.code}`);
      expect((await fetch(body.type)).status).toBe(200);
    }
  });

  it('in the documentation links to a page too', () => {
    const odd = Object.entries(document.components.schemas).flatMap(([name, { properties }]) => {
      const code = properties?.['code']?.['const'];
      const type = (properties?.['type']?.['examples'] as string[] | undefined)?.[0];
      return name.endsWith('Problem') && !type?.endsWith(`/problems/${code}`) ? [name] : [];
    });
    expect(odd).toEqual([]);
  });
});

describe('The contract', () => {
  // API.md §5 to §9, as far as one purchase needs them.
  it.each(
    `POST /v1/auth/register, POST /v1/auth/login, POST /v1/auth/refresh, POST /v1/auth/logout,
     GET /v1/auth/sessions, DELETE /v1/auth/sessions/{id}, DELETE /v1/auth/sessions,
     POST /v1/auth/password/forgot, POST /v1/auth/password/reset, POST /v1/auth/password/change,
     POST /v1/auth/email/verify, GET /v1/me, PATCH /v1/me,
     GET /v1/me/orders, GET /v1/products, POST /v1/products, GET /v1/products/{idOrSlug}, PATCH /v1/products/{id},
     DELETE /v1/products/{id}, POST /v1/products/{id}/variants, PATCH /v1/variants/{id}, DELETE /v1/variants/{id},
     PUT /v1/variants/{id}/prices, GET /v1/categories, POST /v1/categories, PATCH /v1/categories/{id},
     DELETE /v1/categories/{id}, GET /v1/variants/{id}/stock, POST /v1/variants/{id}/stock/adjustments,
     GET /v1/variants/{id}/stock/movements, POST /v1/carts, GET /v1/carts/{id}, PATCH /v1/carts/{id},
     PUT /v1/carts/{id}/items/{variantId}, DELETE /v1/carts/{id}/items/{variantId}, GET /v1/carts/{id}/shipping-methods,
     POST /v1/carts/{id}/checkout, POST /v1/orders, GET /v1/orders, GET /v1/orders/{id},
     POST /v1/orders/{id}/cancellation, GET /v1/payments, GET /v1/payments/{id}, POST /v1/payments/{id}/captures,
     POST /v1/payments/{id}/refunds, POST /v1/payments/{id}/void, POST /v1/payments/webhooks/sandbox,
     GET /v1/ledger/entries, GET /v1/ledger/balances, GET /.well-known/jwks.json, GET /health/live, GET /health/ready`
      .split(/,\s+/)
      .map((operation) => [operation]),
  )('has %s', (operation) => {
    // What the id is called in the path is no part of the contract.
    const unnamed = (path: string) => path.replaceAll(/\{\w+\}/g, '{}');
    expect(operations.map(({ method, path }) => unnamed(`${method} ${path}`))).toContain(unnamed(operation));
  });

  it('names the fields of API.md', () => {
    const fields = (name: string) => Object.keys(document.components.schemas[name]?.properties ?? {});
    expect(fields('SessionResponse')).toEqual(
      expect.arrayContaining(['user', 'accessToken', 'refreshToken', 'tokenType', 'expiresIn']),
    );
    expect(fields('ProductCard')).toEqual(
      expect.arrayContaining(['id', 'slug', 'name', 'thumbnail', 'price', 'compareAtPrice', 'inStock', 'category']),
    );
    expect(fields('ProductResponse')).toEqual(
      expect.arrayContaining(['attributes', 'options', 'media', 'variants', 'version', 'createdAt', 'updatedAt']),
    );
    expect(fields('StockResponse')).toEqual(expect.arrayContaining(['variantId', 'onHand', 'reserved', 'available']));
    expect(fields('TotalsResponse')).toEqual(
      expect.arrayContaining(['subtotal', 'discount', 'shipping', 'tax', 'total']),
    );
    expect(fields('OrderResponse')).toEqual(
      expect.arrayContaining(['number', 'status', 'paymentStatus', 'fulfillmentStatus', 'payments', 'placedAt']),
    );
    expect(fields('PaymentResponse')).toEqual(
      expect.arrayContaining(['reference', 'provider', 'amount', 'authorized', 'captured', 'refunded']),
    );
    expect(fields('Address')).toEqual(
      expect.arrayContaining(['name', 'line1', 'line2', 'city', 'region', 'postalCode', 'country', 'phone']),
    );
  });
});
