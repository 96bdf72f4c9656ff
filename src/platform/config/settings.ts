import 'reflect-metadata';
import type { FactoryProvider, Type } from '@nestjs/common';
import { validateSync } from 'class-validator';

/** A setting that cannot be used. Its message is the one line the operator sees. */
export class SettingError extends Error {}

interface EnvOptions {
  /** What it is when the variable is not set; written as one would set it. */
  default?: string;
  /** What it does: one line for the README's table. */
  does: string;
  /** What it takes, in words: "a port number, 0 to 65535". */
  takes: string;
  /** Never printed. */
  secret?: boolean;
  /** The variable that lists names, with commas between. The setting is there for each: `<NAME>` stands for it. */
  each?: string;
}

export interface SettingInfo extends EnvOptions {
  name: string;
  property: string;
}

const known = new Map<Type, SettingInfo[]>();

/** Reads a property of a settings class from an environment variable. */
export function Env(name: string, options: EnvOptions): PropertyDecorator {
  return (target, property) => {
    const type = target.constructor as Type;
    known.set(type, [...(known.get(type) ?? []), { name, property: String(property), ...options }]);
  };
}

/** Every setting of every module that is loaded, by name, whatever is set. One that two modules read is listed once, with both uses. */
export function allSettings(): SettingInfo[] {
  const byName = new Map<string, SettingInfo>();
  for (const info of [...known.values()].flat()) {
    const other = byName.get(info.name);
    if (!other) byName.set(info.name, { ...info });
    else if (!other.does.includes(info.does)) other.does = `${other.does}; ${info.does}`;
  }
  return [...byName.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** The same with a line for each name, where a setting is there for each. */
export function settingsIn(env: NodeJS.ProcessEnv): SettingInfo[] {
  return allSettings().flatMap((info) =>
    info.each === undefined ? [info] : namesIn(env, info.each).map((name) => ({ ...info, name: nameFor(info, name) })),
  );
}

/** Reads and checks one settings class. @throws {SettingError} naming the variable, what it got and what it takes. */
export function readSettings<T extends object>(type: Type<T>, env: NodeJS.ProcessEnv = process.env): T {
  return read(type, known.get(type) ?? [], env);
}

/**
 * Reads and checks a settings class that is there for each of several names. What is not optional must be set.
 * @throws {SettingError}
 */
export function readEach<T extends object>(type: Type<T>, env: NodeJS.ProcessEnv = process.env): Map<string, T> {
  const infos = known.get(type) ?? [];
  const names = namesIn(env, infos[0]?.each ?? '');
  const of = (name: string) => infos.map((info) => ({ ...info, name: nameFor(info, name) }));
  return new Map(names.map((name) => [name, read(type, of(name), env, { required: true })]));
}

/** Every class of settings of every module that is loaded, and how to read it. */
export function settingsReaders(): ((env: NodeJS.ProcessEnv) => unknown)[] {
  return [...known].map(
    ([type, [info]]) =>
      (env) =>
        info?.each === undefined ? readSettings(type, env) : readEach(type, env),
  );
}

const namesIn = (env: NodeJS.ProcessEnv, list: string): string[] => [
  ...new Set((env[list] ?? '').split(',').filter(Boolean)),
];

const nameFor = ({ name }: SettingInfo, which: string): string => name.replace('<NAME>', which.toUpperCase());

function read<T extends object>(
  type: Type<T>,
  infos: SettingInfo[],
  env: NodeJS.ProcessEnv,
  { required = false } = {},
): T {
  const settings = new type();
  for (const info of infos) {
    const raw = env[info.name] ?? info.default;
    if (raw === undefined || raw === '') continue;
    const declared: unknown = Reflect.getMetadata('design:type', type.prototype, info.property);
    Reflect.set(settings, info.property, parse(raw, declared));
  }
  const failed = validateSync(settings, { skipMissingProperties: !required })[0];
  if (failed) {
    const info = infos.find((candidate) => candidate.property === failed.property);
    if (!info) throw new SettingError(`${type.name}.${failed.property} is not valid.`);
    throw badSetting(info.name, env, info.takes, info.secret);
  }
  return settings;
}

export function badSetting(name: string, env: NodeJS.ProcessEnv, takes: string, secret = false): SettingError {
  const got = secret ? 'a value that cannot be used' : JSON.stringify(env[name] ?? '');
  return new SettingError(`${name} is ${got}, but takes ${takes}.`);
}

/** Makes a settings class injectable. */
export function settings<T extends object>(type: Type<T>): FactoryProvider<T> {
  return { provide: type, useFactory: () => readSettings(type) };
}

function parse(raw: string, declared: unknown): unknown {
  if (declared === Number) return /^-?\d+(\.\d+)?$/.test(raw.trim()) ? Number(raw) : Number.NaN;
  if (declared === Boolean) {
    if (['true', '1', 'on', 'yes'].includes(raw.toLowerCase())) return true;
    if (['false', '0', 'off', 'no'].includes(raw.toLowerCase())) return false;
  }
  return raw;
}
