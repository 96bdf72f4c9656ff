#!/usr/bin/env node
import { AppModule } from './app.module.js';
import { runCommandLine } from './platform/cli/command-line.js';

process.exit(await runCommandLine(AppModule, process.argv.slice(2)));
