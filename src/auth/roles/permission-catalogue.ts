import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { ACCESS, type Access, describedPermissions } from '../../platform/index.js';

export interface Permission {
  name: string;
  description: string;
}

/** Holds all others. */
export const EVERYTHING = '*';

/** Every permission that some route demands, as the code says it. Stops the start when nobody says what one is for. */
@Injectable()
export class PermissionCatalogue implements OnModuleInit {
  private permissions: Permission[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly modules: ModulesContainer,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const descriptions = describedPermissions(this.modules);
    const demanded = [...this.demanded()].sort();
    const nameless = demanded.filter((name) => !descriptions.has(name));
    if (nameless.length > 0) {
      throw new Error(`Say in @Permissions() of the module what ${nameless.join(', ')} lets its holder do.`);
    }
    this.permissions = demanded.map((name) => ({ name, description: descriptions.get(name) ?? '' }));
  }

  get all(): Permission[] {
    return this.permissions;
  }

  knows(name: string): boolean {
    return name === EVERYTHING || this.permissions.some((permission) => permission.name === name);
  }

  private demanded(): Set<string> {
    const scanner = new MetadataScanner();
    const accesses = this.discovery.getControllers().flatMap(({ metatype }) => {
      const type = metatype as Type;
      const prototype = type.prototype as Record<string, () => unknown>;
      return scanner
        .getAllMethodNames(prototype)
        .map((method) => this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [prototype[method]!, type]));
    });
    return new Set(accesses.flatMap((access) => (access?.kind === 'permission' ? [access.permission] : [])));
  }
}
