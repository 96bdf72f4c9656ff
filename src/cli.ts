#!/usr/bin/env node
import './platform/process/compile-cache.js';

// Imported only now, so that the compile cache serves them.
const [{ runCommandLine }, { AppModule }] = await Promise.all([
  import('./platform/cli/command-line.js'),
  import('./app.module.js'),
]);

process.exit(await runCommandLine(AppModule, process.argv.slice(2)));
