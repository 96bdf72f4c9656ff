import { Injectable } from '@nestjs/common';
import { Algorithm, hash, type Options, verify } from '@node-rs/argon2';
import { AuthSettings } from '../auth.settings.js';

/** How many hashes run at once: fewer than libuv's four threads, so that a flood of sign-ins leaves one for the rest. */
const AT_ONCE = 2;

/** Argon2id (RFC 9106) with the parameters of OWASP's password storage cheat sheet, off the main thread. */
@Injectable()
export class Passwords {
  private readonly options: Options;
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  private decoy: Promise<string> | undefined;

  constructor(settings: AuthSettings) {
    this.options = { algorithm: Algorithm.Argon2id, memoryCost: settings.argon2Kib, timeCost: 2, parallelism: 1 };
  }

  hash(password: string): Promise<string> {
    return this.bounded(() => hash(password, this.options));
  }

  /** Takes as long for an unknown account (`stored` undefined) as for a wrong password. */
  async matches(stored: string | undefined, password: string): Promise<boolean> {
    this.decoy ??= hash('no such account', this.options);
    const against = stored ?? (await this.decoy);
    const matched = await this.bounded(() => verify(against, password));
    return matched && stored !== undefined;
  }

  private async bounded<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running++;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}
