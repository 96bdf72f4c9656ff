export interface JobDeclaration {
  name: string;
  method: string;
  /** Cron expression, for jobs that time starts. */
  cron?: string;
}

const JOBS = Symbol('jobs');

function declare(target: object, job: JobDeclaration): void {
  const own = (Reflect.getOwnMetadata(JOBS, target) ?? []) as JobDeclaration[];
  Reflect.defineMetadata(JOBS, [...own, job], target);
}

type JobName = `${string}.${string}`;

/** Runs the method for each job enqueued under this name: at least once, again with back-off when it throws. */
export function Job(name: JobName) {
  return (target: object, method: string, _: TypedPropertyDescriptor<(data: never) => Promise<void>>): void =>
    declare(target, { name, method });
}

/** Runs the method by the clock (cron, UTC), in one process at a time. */
export function Every(cron: string, name: JobName) {
  return (target: object, method: string, _: TypedPropertyDescriptor<() => Promise<void>>): void =>
    declare(target, { name, method, cron });
}

export function jobsOf(prototype: object): JobDeclaration[] {
  return (Reflect.getMetadata(JOBS, prototype) ?? []) as JobDeclaration[];
}
