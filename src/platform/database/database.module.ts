import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ClsPluginTransactional } from '@nestjs-cls/transactional';
import { ClsModule } from 'nestjs-cls';
import { DataSource } from 'typeorm';
import { settings } from '../config/settings.js';
import { dataSourceOptions } from './data-source-options.js';
import { Database } from './database.js';
import { DatabaseSettings } from './database.settings.js';
import { migrate } from './migrate.js';
import { PipelinedTransactions } from './pipelined-transactions.js';

@Module({ providers: [settings(DatabaseSettings)], exports: [DatabaseSettings] })
class DatabaseSettingsModule {}

@Global()
@Module({
  imports: [
    DatabaseSettingsModule,
    TypeOrmModule.forRootAsync({
      imports: [DatabaseSettingsModule],
      inject: [DatabaseSettings],
      useFactory: ({ url, poolSize }: DatabaseSettings) => ({
        ...dataSourceOptions(url, poolSize),
        retryAttempts: 0,
      }),
      dataSourceFactory: async (options) => {
        if (!options) throw new Error('TypeORM was given no options.');
        const source = await new DataSource(options).initialize();
        await migrate(source);
        return source;
      },
    }),
    // Not forRoot(): its guard and interceptor, which nothing here asks for, cost every request their share.
    ClsModule.registerPlugins([
      new ClsPluginTransactional({
        imports: [TypeOrmModule],
        adapter: new PipelinedTransactions(),
      }),
    ]),
  ],
  providers: [Database],
  exports: [Database, DatabaseSettingsModule],
})
export class DatabaseModule {}
