/** What cached answers are tagged with, and what writes drop. */
export const tags = {
  /** Every list of products. */
  lists: 'catalog:lists',
  /** The tree of categories. */
  categories: 'catalog:categories',
  /** The list of collections. */
  collections: 'catalog:collections',
  /** The channels that price lists name. */
  channels: 'catalog:channels',
  /** The details of one product. */
  product: (id: string) => `catalog:product:${id}`,
  /** The details of all products that name this category. */
  category: (id: string) => `catalog:category:${id}`,
  /** The details of all products of this brand. */
  brand: (id: string) => `catalog:brand:${id}`,
  /** The details of all products of this type. */
  type: (id: string) => `catalog:type:${id}`,
};
