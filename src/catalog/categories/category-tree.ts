import { translated } from '../products/card.sql.js';
import type { CategoryNode } from './categories.dto.js';

export type CategoryRow = Omit<CategoryNode, 'children'>;

/** In the first of these locales that has a text. Parents come before their children, siblings in their order. */
export const categoryTree = (locales: string[]): string => `
  SELECT id, parent_id AS "parentId", slug, ${translated('c', 'name', locales)} AS name,
    ${translated('c', 'description', locales)} AS description, path, position, version,
    coalesce(k.products, 0) AS "productCount"
  FROM catalog.categories c LEFT JOIN catalog.category_counts k ON k.category_id = c.id
  ORDER BY length(path) - length(replace(path, '/', '')), position, c.name COLLATE "und-x-icu", id`;

/** Categories `a` that this is said of, and all below them: paths start with their parent's, and "0" is what follows "/". */
export const branches = (which: string): string => `
  SELECT d.id FROM catalog.categories a
  JOIN catalog.categories d ON d.id = a.id OR (d.path > a.path || '/' AND d.path < a.path || '0')
  WHERE ${which}`;

/** How many levels the category at path $1 and those below it take. */
export const HEIGHT = `
  SELECT max(length(path) - length(replace(path, '/', ''))) - (length($1) - length(replace($1, '/', ''))) + 1 AS height
  FROM catalog.categories WHERE path = $1 OR (path > $1 || '/' AND path < $1 || '0')`;

/** Those below the path $1 follow it to $2. Their versions move: whoever has read them has another path. */
export const MOVE_BELOW = `
  UPDATE catalog.categories SET path = $2 || substr(path, length($1) + 1), version = version + 1,
    updated_at = now()
  WHERE path > $1 || '/' AND path < $1 || '0'`;

export function treeOf(rows: CategoryRow[]): CategoryNode[] {
  const nodes = new Map(rows.map((row) => [row.id, { ...row, children: [] as CategoryNode[] }]));
  const top: CategoryNode[] = [];
  for (const node of nodes.values()) {
    (nodes.get(node.parentId ?? '')?.children ?? top).push(node);
  }
  return top;
}
