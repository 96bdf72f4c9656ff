import { DataSource } from 'typeorm';
import { dataSourceOptions } from './src/platform/database/data-source-options.js';

/** For TypeORM's command line: `npx typeorm migration:show -d dist/ormconfig.js`, with DATABASE_URL set. */
export default new DataSource(dataSourceOptions(process.env['DATABASE_URL'] ?? 'postgres://localhost/galley'));
