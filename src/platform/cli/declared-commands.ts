import type { DynamicModule, ForwardReference, Type } from '@nestjs/common';
import { MODULE_METADATA } from '@nestjs/common/constants.js';
import { CLI_COMMAND, type CliDeclaration } from './cli-command.js';

export interface DeclaredCommand {
  type: Type;
  declaration: CliDeclaration;
}

/** Every command of every module, by name: from the decorators alone, so that help needs no database. */
export function commandsOf(module: Type): DeclaredCommand[] {
  const found: DeclaredCommand[] = [];
  for (const type of modulesFrom(module)) {
    const providers = (Reflect.getMetadata(MODULE_METADATA.PROVIDERS, type) ?? []) as unknown[];
    for (const provider of providers) {
      if (typeof provider !== 'function') continue;
      const declaration = Reflect.getMetadata(CLI_COMMAND, provider) as CliDeclaration | undefined;
      if (declaration) found.push({ type: provider as Type, declaration });
    }
  }
  return found.sort((a, b) => a.declaration.usage.localeCompare(b.declaration.usage));
}

function modulesFrom(module: Type, seen = new Set<Type>()): Set<Type> {
  if (seen.has(module)) return seen;
  seen.add(module);
  const imports = (Reflect.getMetadata(MODULE_METADATA.IMPORTS, module) ?? []) as (
    | Type
    | DynamicModule
    | ForwardReference
  )[];
  for (const imported of imports) if (typeof imported === 'function') modulesFrom(imported, seen);
  return seen;
}
