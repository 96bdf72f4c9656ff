import { Injectable } from '@nestjs/common';
import { Database, ReadCache } from '../../platform/index.js';
import { tags } from '../catalog.tags.js';
import { Branches } from '../categories/branches.js';
import { Category } from '../categories/category.entity.js';
import { slugOf } from '../products/slug.js';

/** By names on the way down; several may have the same, the oldest first. */
type Known = Map<string, Category[]>;

/** The category of these names; of several, the first of `places` that is one of them, and else the oldest. */
export type CategoryFinder = (names: string[], places: (string | null | undefined)[]) => string | null;

const keyOf = (names: string[]) => names.map((name) => name.toLowerCase()).join(' -> ');

/** Finds categories by the names on the way down to them, and makes those that are missing. */
@Injectable()
export class ImportCategories {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
    private readonly branches: Branches,
  ) {}

  /** The category of each path, and how many had to be made: a few statements. */
  async ensure(paths: string[][]): Promise<{ idOf: CategoryFinder; made: number }> {
    const wanted = new Map(paths.filter((names) => names.length > 0).map((names) => [keyOf(names), names]));
    let known = wanted.size > 0 ? await this.load() : new Map<string, Category[]>();
    const made: Category[] = [];
    if ([...wanted.keys()].some((key) => !known.has(key))) {
      await this.branches.hold(async () => {
        known = await this.load();
        return [...wanted.values()].flatMap((names) => nearest(names, known));
      });
      for (const names of wanted.values()) made.push(...missing(names, known));
      // By slug, so that two imports that make the same ones do not wait for each other in a circle.
      made.sort((a, b) => (a.slug < b.slug ? -1 : 1));
      if (made.length > 0) await this.database.manager.insert(Category, made);
      this.cache.drop(tags.categories);
    }
    const idOf: CategoryFinder = (names, places) => {
      const ids = known.get(keyOf(names))?.map(({ id }) => id) ?? [];
      return places.find((id) => id && ids.includes(id)) ?? ids[0] ?? null;
    };
    return { idOf, made: made.length };
  }

  private async load(): Promise<Known> {
    const categories = await this.database.manager.find(Category, { order: { id: 'ASC' } });
    const byId = new Map(categories.map((category) => [category.id, category]));
    const namesOf = ({ name, parentId }: Category): string[] => {
      const parent = byId.get(parentId ?? '');
      return [...(parent ? namesOf(parent) : []), name];
    };
    return Map.groupBy(categories, (category) => keyOf(namesOf(category)));
  }
}

/** The last category that there is on the way down these names, unless all of them are there. */
function nearest(names: string[], known: Known): Category[] {
  const found = names.map((_, index) => known.get(keyOf(names.slice(0, index + 1)))?.[0]);
  const missing = found.indexOf(undefined);
  return found.slice(0, Math.max(missing, 0)).slice(-1) as Category[];
}

/** Adds to `known` what is missing on the way down these names, and gives it. */
function missing(names: string[], known: Known): Category[] {
  const made: Category[] = [];
  const taken = new Set([...known.values()].flat().map(({ slug }) => slug));
  let parent: Category | null = null;
  names.forEach((name, index) => {
    const key = keyOf(names.slice(0, index + 1));
    const found: Category | undefined = known.get(key)?.[0];
    const category: Category = found ?? Category.create({ name, slug: freeSlug(name, parent, taken) }, parent);
    if (!found) {
      taken.add(category.slug);
      known.set(key, [category]);
      made.push(category);
    }
    parent = category;
  });
  return made;
}

/** "accessories", or "coffee-accessories" when tea has some too. */
function freeSlug(name: string, parent: Category | null, taken: Set<string>): string {
  const own = slugOf(name) || 'category';
  const base = parent && taken.has(own) ? slugOf(`${parent.slug} ${own}`) : own;
  let slug = base;
  for (let number = 2; taken.has(slug); number++) slug = `${base}-${number}`;
  return slug;
}
