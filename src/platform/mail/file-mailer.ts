import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '../ids.js';
import type { MailSettings } from './mail.settings.js';
import { type Mail, Mailer, MailNotSent } from './mailer.js';
import { messageOf } from './message.js';

// Its own id, then that of the person whose it is: they are found when they are erased, whatever their address was.
const NAME = /^[\da-f-]{36}(\.[\da-f-]{36})?\.eml$/;

/** Writes mail to files, one each, for the eyes of Galley's user only: there are tokens in them. */
export class FileMailer extends Mailer {
  readonly folder: string;

  constructor(
    private readonly settings: MailSettings,
    dataDir: string,
  ) {
    super();
    this.folder = join(dataDir, 'mail');
  }

  /** Names of the files, the newest first. */
  async list(): Promise<string[]> {
    const names = await readdir(this.folder).catch(() => []);
    // Ids of version 7 sort by time.
    return names
      .filter((name) => NAME.test(name))
      .sort()
      .reverse();
  }

  /** The whole message, or undefined when there is no such file. */
  async read(name: string): Promise<Buffer | undefined> {
    return NAME.test(name) ? readFile(join(this.folder, name)).catch(() => undefined) : undefined;
  }

  override async forget(person: string): Promise<void> {
    for (const name of await this.list())
      if (name.endsWith(`.${person}.eml`)) await rm(join(this.folder, name), { force: true });
  }

  protected async deliver(mail: Mail): Promise<void> {
    const message = await this.compose(mail);
    const path = join(this.folder, mail.person ? `${newId()}.${mail.person}.eml` : `${newId()}.eml`);
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await writeFile(`${path}.part`, message, { mode: 0o600, flag: 'wx' });
      // Whoever reads the folder finds whole messages only.
      await rename(`${path}.part`, path);
    } catch (error) {
      throw new MailNotSent(`Cannot write mail to ${this.folder} (${(error as NodeJS.ErrnoException).code}).`);
    }
  }

  private async compose(mail: Mail): Promise<Buffer> {
    const { createTransport } = await import('nodemailer');
    const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
    const { message } = await transport.sendMail(messageOf(mail, this.settings.from));
    return message as Buffer;
  }
}
