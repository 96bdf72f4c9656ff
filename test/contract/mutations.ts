import { type Document, type Json, resolve, type Schema } from './operations.js';

export interface Mutation {
  /** What was done to which field. */
  name: string;
  body: string | Uint8Array;
  /** Refused whatever the schema says of it. Else the schema decides: what it forbids must be refused. */
  hostile: boolean;
  /** The problem that must name this key. */
  unknown?: { key: string; likely?: string };
}

type Path = (string | number)[];

interface Field {
  path: Path;
  schema: Schema;
  required: boolean;
}

/** JSON values as source text, for those that JavaScript cannot hold. */
const source = (text: string): string => `@source ${text}@`;
const stringify = (value: Json): string => JSON.stringify(value).replaceAll(/"@source (.*?)@"/g, '$1');

const typesOf = ({ type }: Schema): string[] => (Array.isArray(type) ? type : type ? [type] : []);

/** Every property of the body that the schema names, as far as the example reaches. */
function fieldsOf(document: Document, schema: Schema, value: Json, path: Path = []): Field[] {
  const object = resolve(document, schema);
  if (Array.isArray(value)) {
    return object.items && value.length > 0 ? fieldsOf(document, object.items, value[0]!, [...path, 0]) : [];
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(object.properties ?? {}).flatMap(([name, property]) => {
    const here = [...path, name];
    const field = { path: here, schema: property, required: object.required?.includes(name) ?? false };
    return value[name] === undefined ? [field] : [field, ...fieldsOf(document, property, value[name], here)];
  });
}

function withValue(body: Json, path: Path, value: Json | undefined): Json {
  const copy = structuredClone(body);
  let holder = copy as Record<string | number, Json>;
  for (const step of path.slice(0, -1)) holder = holder[step] as Record<string | number, Json>;
  const last = path.at(-1)!;
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}

/** A misspelling of a name that is close to it and to no other. */
const misspelt = (name: string): string => `${name.slice(0, -1)}${name.endsWith('x') ? 'y' : 'x'}`;

const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

const OF_ANY: [string, Json][] = [
  ['number', 42],
  ['boolean', true],
  ['array', []],
  ['object', {}],
  ['number as text', '7'],
  ['NaN as text', 'NaN'],
  ['toString', { toString: 'x', valueOf: 1, length: 3 }],
];

const OF_NUMBERS: [string, Json][] = [
  ['0', 0],
  ['-1', -1],
  ['1.5', 1.5],
  ['-0', source('-0')],
  ['1e308', source('1e308')],
  ['1e400', source('1e400')],
  ['2^31', 2 ** 31],
  ['2^53', 2 ** 53],
  ['2^63', source('9223372036854775808')],
  ['300 digits', source('9'.repeat(300))],
];

/** Text that no field of any kind takes. */
const HOSTILE_TEXT: [string, Json][] = [
  ['NUL', 'a\u0000b'],
  ['lone high surrogate', 'a\ud800'],
  ['lone low surrogate', '\udc00a'],
  ['100,000 characters', 'a'.repeat(100_000)],
];

const OF_TEXT: [string, Json][] = [
  ['empty', ''],
  ['white space', ' \t  '],
  ['line breaks', 'a\r\nSet-Cookie: b=c'],
  ['combining marks', `a${'\u0301'.repeat(60)}`],
  ['SQL', "'; DROP TABLE users; --"],
  ['control characters', 'a\u0007\u001b[31m'],
  ['XXX', 'XXX'],
  ['emoji', '👩‍👩‍👧‍👧'],
  ['nil UUID', '00000000-0000-0000-0000-000000000000'],
];

export function bodyMutations(document: Document, schema: Schema, example: Json): Mutation[] {
  const fields = fieldsOf(document, schema, example);
  return [
    ...fields.flatMap((field) => ofField(document, example, field)),
    ...objectsOf(document, schema, example).flatMap((object) => strayKeys(example, object)),
  ];
}

function ofField(document: Document, example: Json, { path, schema, required }: Field): Mutation[] {
  const whole = resolve(document, schema);
  const types = typesOf(whole);
  const at = `/${path.join('/')}`;
  const make = ([name, value]: [string, Json], hostile = false): Mutation => ({
    name: `${at}: ${name}`,
    body: stringify(withValue(example, path, value)),
    hostile,
  });
  const text = types.includes('string') && !whole.enum;
  const mutations = [...OF_ANY, ['null', null] as [string, Json]].map((value) => make(value));
  if (types.includes('integer') || types.includes('number')) mutations.push(...OF_NUMBERS.map((value) => make(value)));
  if (types.includes('string')) mutations.push(...OF_TEXT.map((value) => make(value)));
  if (text) mutations.push(...HOSTILE_TEXT.map((value) => make(value, true)));
  if (types.includes('array')) {
    const [one = 'a'] = (valueAt(example, path) as Json[] | undefined) ?? [];
    mutations.push(make(['10,000 of them', Array.from({ length: 10_000 }, () => one)], true));
    mutations.push(make(['holds null', [null]], true));
    mutations.push(make(['array-like', { 0: one, length: 1 }], true));
  }
  if (types.includes('object') && !whole.properties) {
    mutations.push(
      make(['10,000 keys', Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, 'a']))], true),
      make(['holds an object', { a: { b: 'c' } }], true),
      make(['key with NUL', { 'a\u0000': 'b' }], true),
      make(['value with NUL', { a: 'b\u0000' }], true),
      make(['key with lone surrogate', { 'a\ud800': 'b' }], true),
      make(['key constructor', { constructor: 'b' }], true),
    );
  }
  mutations.push(make(['nested 200 deep', source(nested(200))], true));
  if (required) {
    mutations.push({
      name: `${at}: missing`,
      body: JSON.stringify(withValue(example, path, undefined)),
      hostile: true,
    });
  }
  return mutations;
}

function valueAt(body: Json, path: Path): Json | undefined {
  let value: Json | undefined = body;
  for (const step of path) value = (value as Record<string | number, Json> | undefined)?.[step];
  return value;
}

/** Every object of the body whose properties the schema names. */
function objectsOf(
  document: Document,
  schema: Schema,
  value: Json,
  path: Path = [],
): { path: Path; names: string[] }[] {
  const { properties, items } = resolve(document, schema);
  if (Array.isArray(value)) {
    return items && value.length > 0 ? objectsOf(document, items, value[0]!, [...path, 0]) : [];
  }
  if (value === null || typeof value !== 'object' || !properties) return [];
  const children = Object.entries(properties).flatMap(([name, property]) =>
    value[name] === undefined ? [] : objectsOf(document, property, value[name], [...path, name]),
  );
  return [{ path, names: Object.keys(properties) }, ...children];
}

function strayKeys(example: Json, { path, names }: { path: Path; names: string[] }): Mutation[] {
  const stray = (key: string, likely?: string): Mutation => ({
    name: `/${path.join('/')}: unknown key ${key}`,
    body: JSON.stringify(withValue(example, [...path, key], 1)),
    hostile: true,
    unknown: { key, ...(likely ? { likely } : {}) },
  });
  const longest = names.toSorted((a, b) => b.length - a.length)[0] ?? 'name';
  return [stray('zzqqzz'), stray(misspelt(longest), longest), stray('toString'), stray('hasOwnProperty')];
}

/** What is wrong with the body as a whole. */
export function brokenBodies(example: Json, bodyLimit: number): Mutation[] {
  const good = JSON.stringify(example);
  const inserted = (text: string) => `{${text}${good === '{}' ? '' : ','}${good.slice(1)}`;
  const bodies: [string, string | Uint8Array][] = [
    ['no bytes', ''],
    ['white space', '  \n '],
    ['cut off', good.slice(0, -1)],
    ['two documents', `${good}${good}`],
    ['no JSON', 'name=value'],
    ['single quotes', "{'a':1}"],
    ['trailing comma', `${good.slice(0, -1)},}`],
    ['NaN', inserted('"a":NaN')],
    ['null', 'null'],
    ['number', '1'],
    ['text', '"x"'],
    ['true', 'true'],
    ['array', `[${good}]`],
    ['empty array', '[]'],
    ['__proto__', inserted('"__proto__":{"isAdmin":true}')],
    ['escaped __proto__', inserted('"\\u005f_proto__":{"isAdmin":true}')],
    ['constructor', inserted('"constructor":{"prototype":{"isAdmin":true}}')],
    ['escaped constructor', inserted('"c\\u006fnstructor":{"prototype":{"isAdmin":true}}')],
    ['nested 200 deep', inserted(`"a":${nested(200)}`)],
    ['nested 100,000 deep', nested(100_000)],
    ['10,000 unknown keys', inserted(Array.from({ length: 10_000 }, (_, index) => `"k${index}":1`).join(','))],
    ['broken UTF-8', Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"}')])],
    ['UTF-16', Buffer.from(good, 'utf16le')],
    ['over the limit', `${good.slice(0, -1)},"a":"${'a'.repeat(bodyLimit)}"}`],
  ];
  return bodies.map(([name, body]) => ({ name: `body: ${name}`, body, hostile: true }));
}
