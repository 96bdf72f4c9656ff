import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsBoolean, Matches } from 'class-validator';
import { IsGiven, IsText } from '../../platform/index.js';
import type { Permission } from './permission-catalogue.js';
import type { Role } from './role.entity.js';

/** `resource:action`, or everything. */
export const PERMISSION = /^(\*|[a-z][a-z-]{0,40}:[a-z][a-z-]{0,40})$/;
export const ROLE_NAME = /^[a-z][a-z0-9-]{1,39}$/;

/** A new role. */
export class CreateRoleRequest {
  /** Unlike any other role's, and never changed. @example "packer" */
  @Matches(ROLE_NAME, { message: 'must be 2 to 40 lower-case letters, digits and hyphens, a letter first.' })
  name: string;

  /** What it is for. @example "Packs and sends orders." */
  @IsText({ max: 300 })
  description: string;

  /** What it lets people do; nothing that you may not. @example ["orders:read"] */
  @IsArray()
  @ArrayMaxSize(100)
  @ArrayUnique()
  @Matches(PERMISSION, { each: true, message: 'must be permissions such as orders:read.' })
  permissions: string[];

  /** Whether it is good only after signing in with a second factor; not when left out. @example false */
  @IsGiven()
  @IsBoolean()
  @ApiProperty({ required: false })
  requiresSecondFactor?: boolean;
}

/** What should be different; what is left out stays. */
export class ChangeRoleRequest {
  /** What it is for. @example "Packs and sends orders." */
  @IsGiven()
  @IsText({ max: 300 })
  @ApiProperty({ required: false })
  description?: string;

  /** All that it lets people do from now on. @example ["orders:read"] */
  @IsGiven()
  @IsArray()
  @ArrayMaxSize(100)
  @ArrayUnique()
  @Matches(PERMISSION, { each: true, message: 'must be permissions such as orders:read.' })
  @ApiProperty({ required: false })
  permissions?: string[];

  /** Whether it is good only after signing in with a second factor. @example true */
  @IsGiven()
  @IsBoolean()
  @ApiProperty({ required: false })
  requiresSecondFactor?: boolean;
}

/** A named set of permissions. */
export class RoleResponse {
  /** @example "packer" */
  name: string;
  /** What it is for. @example "Packs and sends orders." */
  description: string;
  /** What it lets people do; `*` is everything. @example ["orders:read"] */
  permissions: string[];
  /** It is good only after signing in with a second factor. @example false */
  requiresSecondFactor: boolean;
  /** Moves with each change; send it in If-Match. @example 1 */
  @ApiProperty({ type: 'integer' })
  version: number;
  /** When it was made. */
  createdAt: Date;
  /** When it last changed. */
  updatedAt: Date;

  static of({
    name,
    description,
    permissions,
    requiresSecondFactor,
    version,
    createdAt,
    updatedAt,
  }: Role): RoleResponse {
    return { name, description, permissions, requiresSecondFactor, version, createdAt, updatedAt };
  }
}

/** All roles, in one page. */
export class RoleListResponse {
  /** By name. */
  data: RoleResponse[];
  /** Always `null`: the list comes whole. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}

/** What a role or an API key can let somebody do. */
export class PermissionResponse {
  /** @example "orders:read" */
  name: string;
  /** What it lets its holder do. @example "See the orders of all shoppers." */
  description: string;

  static of({ name, description }: Permission): PermissionResponse {
    return { name, description };
  }
}

/** All permissions, in one page. */
export class PermissionListResponse {
  /** By name. */
  data: PermissionResponse[];
  /** Always `null`: the list comes whole. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
