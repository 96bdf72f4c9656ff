import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Answer } from './client.js';

interface Operation {
  operationId: string;
  responses: Record<string, { headers?: Record<string, object>; content?: Record<string, { schema: object }> }>;
}

interface Contract {
  routes: { method: string; pattern: RegExp; operation: Operation; path: string }[];
  ajv: Ajv2020;
  validators: Map<string, ValidateFunction>;
  /** The schema without what it requires: of the object, or of each object in the list that it is. */
  inPart: (schema: object) => object;
}

/** What HTTP itself and the security headers add to any response. */
const ORDINARY = new Set(
  `connection keep-alive date content-type content-length transfer-encoding vary access-control-allow-origin
   access-control-expose-headers content-security-policy cross-origin-opener-policy cross-origin-resource-policy
   referrer-policy strict-transport-security x-content-type-options x-frame-options`.split(/\s+/),
);
/** Pages and files, not operations. */
const UNDOCUMENTED = /^\/(docs|openapi\.|metrics)/;

const contracts = new Map<string, Promise<Contract>>();
/** Operations that some test has called, for the test that asks whether any was left out. */
export const calledOperations = new Set<string>();

/** Fails when an answer has a status, header, type or property that the API document does not name. */
export async function checkAnswer(baseUrl: string, method: string, path: string, answer: Answer): Promise<void> {
  const [pathname = ''] = path.split('?');
  if (UNDOCUMENTED.test(pathname) || method === 'OPTIONS' || method === 'HEAD') return;
  const contract = await contractOf(baseUrl);
  const said = `${method} ${path} answered ${answer.status} ${JSON.stringify(answer.body).slice(0, 1500)}`;
  const route = contract.routes.find((candidate) => candidate.method === method && candidate.pattern.test(pathname));
  if (!route) {
    if (answer.body?.code === 'not_found') return;
    throw new Error(`${said}, but the document has no such operation.`);
  }
  calledOperations.add(route.operation.operationId);
  const response = route.operation.responses[answer.status];
  if (!response) throw new Error(`${said}: the document does not name this status.`);
  checkHeaders(said, response.headers ?? {}, answer);
  const type = (answer.headers['content-type'] ?? '').split(';')[0] ?? '';
  if (answer.body === '' && !response.content) return;
  const media = response.content?.[type];
  if (!media) throw new Error(`${said}: the document does not name the type "${type}".`);
  // Who asks for some members gets these; what is required of the whole is then not.
  const partial = answer.status === 200 && new URLSearchParams(path.split('?')[1]).has('fields');
  const key = `${route.operation.operationId} ${answer.status} ${type} ${partial}`;
  const schema = pointAt(route, answer.status, type);
  const validate = contract.validators.get(key) ?? contract.ajv.compile(partial ? contract.inPart(schema) : schema);
  contract.validators.set(key, validate);
  if (!validate(answer.body)) throw new Error(`${said}: ${contract.ajv.errorsText(validate.errors)}`);
}

function checkHeaders(said: string, documented: Record<string, object>, { headers }: Answer): void {
  const known = new Set(Object.keys(documented).map((name) => name.toLowerCase()));
  const stray = Object.keys(headers).filter((name) => !known.has(name) && !ORDINARY.has(name));
  if (stray.length > 0) throw new Error(`${said}: the document does not name the header ${stray.join(', ')}.`);
}

const escapeToken = (part: string): string =>
  part.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D');

function pointAt({ path, method }: { path: string; method: string }, status: number, type: string): object {
  return {
    $ref: `openapi#/paths/${escapeToken(path)}/${method.toLowerCase()}/responses/${status}/content/${escapeToken(type)}/schema`,
  };
}

interface Schema {
  $ref?: string;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
}

function partOf(document: object, schema: Schema): Schema {
  const whole = resolved(document, schema);
  const page = whole.properties?.['data'];
  const part = ({ required: _, ...rest }: Schema): Schema => rest;
  const made = page?.items
    ? { ...whole, properties: { ...whole.properties, data: { ...page, items: part(resolved(document, page.items)) } } }
    : part(whole);
  return absolute(made);
}

function resolved(document: object, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const path = schema.$ref.replace(/^(openapi)?#\//, '').split('/');
  const at = path.reduce<unknown>(
    (value, token) =>
      (value as Record<string, unknown>)[decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~')],
    document,
  ) as Schema;
  return resolved(document, at);
}

/** References that are good outside the document, too. */
const absolute = (schema: Schema): Schema =>
  JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"openapi#/')) as Schema;

function contractOf(baseUrl: string): Promise<Contract> {
  const known = contracts.get(baseUrl) ?? load(baseUrl);
  contracts.set(baseUrl, known);
  return known;
}

async function load(baseUrl: string): Promise<Contract> {
  const document = (await (await fetch(`${baseUrl}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>;
  };
  const ajv = new Ajv2020({ strict: false, allErrors: false, discriminator: false });
  formats.default(ajv);
  // What it takes, a pattern says beside it.
  ajv.addFormat('currency', true);
  ajv.addSchema({ ...document, $id: 'openapi' });
  const routes = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      path,
      method: method.toUpperCase(),
      pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
      operation,
    })),
  );
  // /products/{idOrSlug} also matches /products/bulk: the path with fewer parameters is meant.
  routes.sort((a, b) => a.path.split('{').length - b.path.split('{').length);
  return { routes, ajv, validators: new Map(), inPart: (schema) => partOf(document, schema) };
}
