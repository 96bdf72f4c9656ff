import type { Type } from '@nestjs/common';
import { CUSTOM_ROUTE_ARGS_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RefusalClass } from '../errors/refusal.js';
import { ACCESS, type Access, ENROLLING, RECENT_SIGN_IN, type RecentSignInRule } from '../http/access.js';
import {
  CACHED,
  CREATED,
  IDEMPOTENT,
  type Idempotency,
  REFUSES,
  VERSIONED,
  type Versioning,
} from '../http/operation.js';
import { ifMatchOf, ParseUuid } from '../http/params.js';

/** What a handler's decorators say about its operation. */
export interface OperationFacts {
  /** Whose it is: `orders` for what OrdersModule offers. */
  module: string;
  access: Access | undefined;
  recentSignIn: RecentSignInRule | undefined;
  /** Open to people who have to set up a second factor first. */
  enrolling: boolean;
  refuses: RefusalClass[];
  created: string | undefined;
  versioned: Versioning | undefined;
  idempotency: Idempotency | undefined;
  ifMatch: boolean;
  cached: boolean;
  /** Names of the path parameters that are ids. */
  ids: string[];
}

export function operationIdOf(controller: string, method: string): string {
  const entrance = controller.replace(/Controller$/, '');
  return `${entrance.charAt(0).toLowerCase()}${entrance.slice(1)}${method.charAt(0).toUpperCase()}${method.slice(1)}`;
}

/** Every handler's facts by operationId. */
export function operationFacts(app: NestFastifyApplication): Map<string, OperationFacts> {
  const facts = new Map<string, OperationFacts>();
  const scanner = new MetadataScanner();
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      const prototype = (metatype as Type).prototype as Record<string, object>;
      for (const method of scanner.getAllMethodNames(prototype)) {
        const handler = prototype[method];
        if (!handler || !Reflect.hasMetadata(PATH_METADATA, handler)) continue;
        const name = module.metatype.name.replace(/Module$/, '').toLowerCase();
        facts.set(operationIdOf((metatype as Type).name, method), factsOf(metatype as Type, method, handler, name));
      }
    }
  }
  return facts;
}

function factsOf(controller: Type, method: string, handler: object, module: string): OperationFacts {
  const of = <T>(key: symbol) => Reflect.getMetadata(key, handler) as T | undefined;
  return {
    module,
    access: of<Access>(ACCESS) ?? (Reflect.getMetadata(ACCESS, controller) as Access | undefined),
    recentSignIn: of<RecentSignInRule>(RECENT_SIGN_IN),
    enrolling: of<boolean>(ENROLLING) ?? false,
    refuses: of<RefusalClass[]>(REFUSES) ?? [],
    created: of<string>(CREATED),
    versioned: of<Versioning>(VERSIONED),
    idempotency: of<Idempotency>(IDEMPOTENT),
    ifMatch: takesIfMatch(controller, method),
    cached: of<boolean>(CACHED) ?? false,
    ids: idsOf(controller, method),
  };
}

function idsOf(controller: Type, method: string): string[] {
  const args = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) ?? {}) as Record<
    string,
    { data?: unknown; pipes?: unknown[] }
  >;
  return Object.entries(args).flatMap(([key, { data, pipes }]) =>
    key.startsWith(`${RouteParamtypes.PARAM}:`) && pipes?.includes(ParseUuid) ? [String(data)] : [],
  );
}

function takesIfMatch(controller: Type, method: string): boolean {
  const args = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) ?? {}) as Record<
    string,
    { factory?: unknown }
  >;
  return Object.entries(args).some(
    ([key, { factory }]) => key.includes(CUSTOM_ROUTE_ARGS_METADATA) && factory === ifMatchOf,
  );
}
