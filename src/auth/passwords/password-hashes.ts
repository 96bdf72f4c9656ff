import { Injectable } from '@nestjs/common';
import { Algorithm, hash, type Options, verify } from '@node-rs/argon2';
import { AuthSettings } from '../auth.settings.js';
import { stepBack } from './background-threads.js';
import { HashSlots } from './hash-slots.js';

/** The start of a hash as it is stored (PHC string format): memory, then passes. */
const PARAMETERS = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$/;

/** Argon2id (RFC 9106) off the main thread. By default with what its §4 recommends where memory is scarce, on one lane: a sign-in takes one thread. */
@Injectable()
export class PasswordHashes {
  /** How many were worked out so far. */
  count = 0;
  private readonly options: Options & { memoryCost: number; timeCost: number };
  private readonly slots = new HashSlots();
  private steppedBack: Promise<void> | undefined;
  private decoy: Promise<string> | undefined;

  constructor({ argon2Kib, argon2Passes }: AuthSettings) {
    this.options = { algorithm: Algorithm.Argon2id, memoryCost: argon2Kib, timeCost: argon2Passes, parallelism: 1 };
  }

  hash(password: string): Promise<string> {
    return this.bounded(() => hash(normalise(password), this.options));
  }

  /** Takes as long for an unknown account, and for one without a password, as for a wrong password. */
  async matches(stored: string | null | undefined, password: string): Promise<boolean> {
    const decoy = this.standIn();
    const against = stored ?? (await decoy);
    const matched = await this.bounded(() => verify(against, normalise(password)));
    return matched && typeof stored === 'string';
  }

  /** Was made with less memory or fewer passes than are asked for now. */
  isOutdated(stored: string): boolean {
    const [, memory, passes] = PARAMETERS.exec(stored) ?? [];
    return !(Number(memory) >= this.options.memoryCost && Number(passes) >= this.options.timeCost);
  }

  /** Made before it is needed, so that the first who needs it waits no longer. */
  private standIn(): Promise<string> {
    if (!this.decoy) {
      this.decoy = hash('no such account', this.options);
      this.decoy.catch(() => {
        this.decoy = undefined;
      });
    }
    return this.decoy;
  }

  private bounded<T>(work: () => Promise<T>): Promise<T> {
    return this.slots.run(async () => {
      this.count++;
      const result = await work();
      this.steppedBack ??= stepBack();
      return result;
    });
  }
}

/** The same characters, however a keyboard puts them together (RFC 8265 §4.2). */
const normalise = (password: string): string => password.normalize('NFC');
