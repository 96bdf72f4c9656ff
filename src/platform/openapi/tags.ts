/** Sections of the document, in reading order. A module that is not listed follows after them, under its own name. */
const TAGS: [name: string, description: string][] = [
  ['auth', 'Sign in, stay signed in, sign out; passwords and e-mail addresses.'],
  ['api-keys', 'Keys for programs: what partners call with.'],
  ['staff', 'Who may do what: accounts, roles, permissions, and the record of what was done.'],
  ['customers', 'A shopper’s own data.'],
  ['catalog', 'What is sold: products, variants, prices, categories and stock.'],
  ['products', 'What is sold: products, their variants and prices.'],
  ['categories', 'How products are arranged.'],
  ['stock', 'How much there is of each variant, and every change of it.'],
  ['carts', 'What a shopper is about to buy.'],
  ['checkout', 'From cart, or from one call, to order.'],
  ['orders', 'What was bought.'],
  ['payments', 'Money taken and given back.'],
  ['ledger', 'Every movement of money, in double entry.'],
  ['sandbox', 'The simulated payment provider.'],
  ['partners', 'What partners need to follow along.'],
  ['operations', 'For load balancers and operators.'],
];

/** The tags that are used, in reading order. */
export function tagsOf(used: Set<string>): { name: string; description: string }[] {
  const listed = TAGS.filter(([name]) => used.has(name));
  const others = [...used].filter((name) => !TAGS.some(([known]) => known === name)).sort();
  return [...listed, ...others.map((name): [string, string] => [name, `What ${name} offers.`])].map(
    ([name, description]) => ({ name, description }),
  );
}
