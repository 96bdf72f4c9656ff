import { readSettings } from '../config/settings.js';
import { ProcessSettings } from '../process/process.settings.js';
import type { FileStore } from './file-store.js';
import type { FilesSettings } from './files.settings.js';
import { LocalFiles } from './local-files.js';
import { S3Files } from './s3-files.js';

/** The store that the settings ask for. @throws {SettingError} */
export async function openFileStore({ bucket }: FilesSettings): Promise<FileStore> {
  return bucket ? S3Files.open(bucket) : new LocalFiles(readSettings(ProcessSettings).dataDir);
}
