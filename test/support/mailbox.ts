import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import PostalMime, { type Email } from 'postal-mime';

export interface ReceivedMail {
  to: string;
  subject: string;
  text: string;
  html: string;
  /** The token in it. */
  token: string;
  mail: Email;
  /** As it was sent. */
  raw: string;
}

/** The mail that a Galley with this data directory has written, the newest first. */
export async function mailIn(dataDir: string): Promise<ReceivedMail[]> {
  const folder = join(dataDir, 'mail');
  const names = (await readdir(folder).catch(() => [])).sort().reverse();
  return Promise.all(names.map(async (name) => received(await readFile(join(folder, name), 'utf8'))));
}

export async function received(raw: string): Promise<ReceivedMail> {
  const mail = await PostalMime.parse(raw);
  const { text = '', html = '', subject = '' } = mail;
  const token = /glm_[\w-]{43}/.exec(text)?.[0] ?? '';
  return { to: mail.to?.[0]?.address ?? '', subject, text, html, token, mail, raw };
}
