import './platform/process/compile-cache.js';

// Imported only now, so that the compile cache serves them.
const [{ run }, { AppModule }, { FirstAdministrator }, { DemoCatalog }] = await Promise.all([
  import('./platform/process/run.js'),
  import('./app.module.js'),
  import('./auth/index.js'),
  import('./catalog/index.js'),
]);

await run(AppModule, async (app, { seedsDemo }) => {
  if (seedsDemo) await app.get(DemoCatalog).seed();
  return app.get(FirstAdministrator).ensure();
});
