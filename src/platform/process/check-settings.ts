import { closest, distance } from 'fastest-levenshtein';
import { settingsIn, settingsReaders } from '../config/settings.js';

/** Not settings of a module: switches of tests. */
const OTHERS = ['GALLEY_FAULT'];

/** Reads every setting of every loaded module. @throws {SettingError} for the first bad one. */
export function checkSettings(env: NodeJS.ProcessEnv = process.env): void {
  for (const read of settingsReaders()) read(env);
}

/** One line for each variable that looks like a misspelt setting. */
export function misspeltSettings(env: NodeJS.ProcessEnv = process.env): string[] {
  const names = settingsIn(env).map(({ name }) => name);
  return Object.keys(env)
    .filter((name) => name.startsWith('GALLEY_') && !names.includes(name) && !OTHERS.includes(name))
    .flatMap((name) => {
      const likely = closest(name, names);
      const near = distance(name, likely) <= Math.max(2, (likely.length - 'GALLEY_'.length) / 4);
      return near ? [`${name} is not a setting; did you mean ${likely}?`] : [];
    });
}
