import type { Abstract, Type } from '@nestjs/common';
import { afterAll, beforeAll } from 'vitest';
import { UsersService } from '#src/auth/index.js';
import { Database, Jobs } from '#src/platform/index.js';
import { type Booted, boot, type Environment } from './boot.js';
import { Client } from './client.js';
import { type Clone, cloneDatabase } from './clone.js';
import { mailIn, type ReceivedMail } from './mailbox.js';
import { statementsOf } from './statements.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary.js';

export interface Person {
  id: string;
  email: string;
  password: string;
  accessToken: string;
  refreshToken: string;
}

let people = 0;

/** A running Galley with a database of its own, for one test file. */
export class TestApp {
  booted: Booted;
  private clone: Clone;
  private folder: TemporaryFolder;

  async start(environment: Environment, module?: Type): Promise<void> {
    this.clone = await cloneDatabase();
    this.folder = await temporaryFolder();
    const own = { DATABASE_URL: this.clone.url, GALLEY_DATA_DIR: this.folder.path };
    this.booted = await boot({ ...own, ...environment }, module);
  }

  async stop(): Promise<void> {
    await this.booted?.close();
    await this.clone?.drop();
    await this.folder?.remove();
  }

  get url(): string {
    return this.booted.url;
  }

  get dataDir(): string {
    return this.folder.path;
  }

  get databaseUrl(): string {
    return this.clone.url;
  }

  /** Nobody: no token. */
  get anyone(): Client {
    return new Client(this.url);
  }

  as({ accessToken }: Person): Client {
    return new Client(this.url, accessToken);
  }

  /** A new shopper, signed in. */
  shopper(): Promise<Person> {
    return this.person([]);
  }

  /** A new member of staff with this role, signed in. */
  async staff(role: 'admin' | 'staff' | 'support' = 'admin'): Promise<Person> {
    return this.person([role]);
  }

  service<T>(type: Type<T> | Abstract<T>): T {
    return this.booted.nest.get(type, { strict: false });
  }

  get db(): Database {
    return this.service(Database);
  }

  /** Relays events and runs every due job, until nothing is left. */
  runDue(): Promise<number> {
    return this.service(Jobs).runDue();
  }

  /** Mail that was sent to this address so far, the newest first; what is due is sent before. */
  async mailTo(email: string): Promise<ReceivedMail[]> {
    await this.runDue();
    return (await mailIn(this.folder.path)).filter(({ to }) => to === email);
  }

  /** The SQL statements that the application sends while `fn` runs. */
  async statements(fn: () => Promise<unknown>): Promise<string[]> {
    return (await statementsOf(fn)).map(({ text }) => text);
  }

  private async person(roles: string[]): Promise<Person> {
    const email = `person${++people}-${process.pid}@example.com`;
    const password = 'correct horse battery';
    await this.service(UsersService).register(email, password, null, roles);
    const { body } = await this.anyone.post('/v1/auth/login', { email, password });
    const { user, accessToken, refreshToken } = body as { user: { id: string } } & Person;
    return { id: user.id, email, password, accessToken, refreshToken };
  }
}

/** A Galley for the tests of this file: started before the first, gone after the last. `module` may add to AppModule. */
export function galley(environment: Environment = {}, module?: Type): TestApp {
  const app = new TestApp();
  beforeAll(() => app.start(environment, module));
  afterAll(() => app.stop());
  return app;
}
