import type { ModulesContainer } from '@nestjs/core';
import { PERMISSIONS, type PermissionDescriptions } from './access.js';

/** What the modules say in `@Permissions()`. */
export function describedPermissions(modules: ModulesContainer): Map<string, string> {
  const declared = [...modules.values()].map(
    ({ metatype }) => (Reflect.getMetadata(PERMISSIONS, metatype) ?? {}) as PermissionDescriptions,
  );
  return new Map(declared.flatMap((descriptions) => Object.entries(descriptions)));
}
