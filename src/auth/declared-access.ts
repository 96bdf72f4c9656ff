import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ACCESS } from '../platform/index.js';

/** Stops the start when a route says nothing about who may call it. */
@Injectable()
export class DeclaredAccess implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const scanner = new MetadataScanner();
    const undeclared = this.discovery.getControllers().flatMap(({ metatype }) => {
      const type = metatype as Type;
      const prototype = type.prototype as Record<string, () => unknown>;
      return scanner
        .getAllMethodNames(prototype)
        .filter((method) => {
          const handler = prototype[method];
          return (
            handler &&
            Reflect.hasMetadata(PATH_METADATA, handler) &&
            !this.reflector.getAllAndOverride(ACCESS, [handler, type])
          );
        })
        .map((method) => `${type.name}.${method}`);
    });
    if (undeclared.length > 0) {
      throw new Error(`Say who may call ${undeclared.join(', ')}: @Public(), @SignedIn() or @Requires('…').`);
    }
  }
}
