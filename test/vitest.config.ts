import { defineConfig } from 'vitest/config';

/** Tests run against the build: what is tested is what ships, with the document that the compiler plugin wrote. */
export default defineConfig({
  test: {
    root: '.',
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default'],
    server: { deps: { external: [/\/dist\//] } },
  },
});
