import { ValidationFailed } from '../../platform/index.js';
import type { ProductStatus } from './product.entity.js';

/** What a product is, and when it becomes something else. */
export interface Schedule {
  status: ProductStatus;
  /** When a draft becomes active. */
  publishAt: Date | null;
  /** When an active one becomes a draft. */
  unpublishAt: Date | null;
}

/** @throws {ValidationFailed} when it plans what cannot be. */
export function checkSchedule({ status, publishAt, unpublishAt }: Schedule): void {
  if (publishAt && status !== 'draft') {
    throw refusal('/publishAt', 'not_a_draft', `only a draft can be published later; this one is ${status}.`);
  }
  if (unpublishAt && !publishAt && status !== 'active') {
    throw refusal('/unpublishAt', 'not_active', 'only what is active, or has publishAt, can be taken down later.');
  }
  if (publishAt && unpublishAt && unpublishAt <= publishAt) {
    throw refusal('/unpublishAt', 'too_early', 'must be after publishAt.');
  }
}

/** What was planned is void when the status is set by hand, unless the same change plans anew. */
export function scheduleAfter(now: Schedule, given: Partial<Schedule>): Omit<Schedule, 'status'> {
  const publishAt = now.status !== 'draft' && given.publishAt === undefined ? null : now.publishAt;
  const isVoid = now.status !== 'active' && !publishAt && given.unpublishAt === undefined;
  return { publishAt, unpublishAt: isVoid ? null : now.unpublishAt };
}

/** What it is once all is done that was planned for then. */
export function scheduleAt(now: Date, { status, publishAt, unpublishAt }: Schedule): Schedule {
  const published = publishAt !== null && publishAt <= now;
  const current = published ? 'active' : status;
  const ended = current === 'active' && unpublishAt !== null && unpublishAt <= now;
  return {
    status: ended ? 'draft' : current,
    publishAt: published ? null : publishAt,
    unpublishAt: ended ? null : unpublishAt,
  };
}

const refusal = (pointer: string, code: string, message: string) => new ValidationFailed([{ pointer, code, message }]);
