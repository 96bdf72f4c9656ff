/** How many tags are remembered before all are taken for dropped. */
const MAX_TAGS = 10_000;

/** Which tags were dropped when, so that what was loaded meanwhile from an older state is not kept. */
export class RecentDrops {
  private count = 0;
  /** Of what was dropped up to here, nothing is known any more. */
  private forgotten = 0;
  private readonly last = new Map<string, number>();

  get now(): number {
    return this.count;
  }

  /** Undefined stands for all tags. */
  record(tags: string[] | undefined): void {
    this.count++;
    if (tags === undefined || this.last.size + tags.length > MAX_TAGS) {
      this.last.clear();
      this.forgotten = this.count;
    }
    for (const tag of tags ?? []) this.last.set(tag, this.count);
  }

  /** Whether one of the tags may have been dropped since. */
  any(tags: string[], since: number): boolean {
    return this.forgotten > since || tags.some((tag) => (this.last.get(tag) ?? 0) > since);
  }
}
