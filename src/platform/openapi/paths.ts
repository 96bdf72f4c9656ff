import type { OpenAPIObject } from '@nestjs/swagger';
import type { Operation } from './complete-operation.js';

type PathItem = Record<string, Operation>;

/**
 * `/products/{idOrSlug}` and `/products/{id}` are one path for OpenAPI, whatever its parameter is called: their
 * operations come together under the first name, each with its own idea of what the parameter takes.
 */
export function joinSamePaths(document: OpenAPIObject): void {
  const joined = new Map<string, { path: string; item: PathItem }>();
  for (const [path, item] of Object.entries(document.paths) as unknown as [string, PathItem][]) {
    const shape = path.replaceAll(/\{[^}]+\}/g, '{}');
    const first = joined.get(shape);
    if (!first) {
      joined.set(shape, { path, item });
      continue;
    }
    for (const operation of Object.values(item)) renameParameters(operation, namesIn(path), namesIn(first.path));
    Object.assign(first.item, item);
  }
  document.paths = Object.fromEntries(
    [...joined.values()].map(({ path, item }) => [path, item]),
  ) as unknown as OpenAPIObject['paths'];
}

const namesIn = (path: string): string[] => [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name ?? '');

function renameParameters(operation: Operation, from: string[], to: string[]): void {
  for (const parameter of operation.parameters ?? []) {
    const index = parameter.in === 'path' ? from.indexOf(parameter.name) : -1;
    parameter.name = to[index] ?? parameter.name;
  }
}
