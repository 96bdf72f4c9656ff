import { AppModule } from './app.module.js';
import { FirstAdministrator } from './auth/index.js';
import { DemoCatalog } from './catalog/index.js';
import { run } from './platform/process/run.js';

await run(AppModule, async (app, { seedsDemo }) => {
  if (seedsDemo) await app.get(DemoCatalog).seed();
  return app.get(FirstAdministrator).ensure();
});
