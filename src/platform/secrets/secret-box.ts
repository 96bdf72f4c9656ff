import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts what the database keeps and Galley has to read again (AES-256-GCM): a copy of the database alone tells
 * nothing. What is sealed names its key, so that a key can be replaced while the one before it is still at hand.
 */
export class SecretBox {
  private loaded: Promise<[id: string, key: Buffer][]> | undefined;

  /** `load` gives the keys, the newest first; it is asked when the first secret is sealed or opened. */
  constructor(
    private readonly load: () => Promise<Buffer[]>,
    /** All processes have the same keys: what one seals, the others open. */
    readonly shared = false,
  ) {}

  /** `context` says what it is and whose; it opens under the same only, so that nobody can put it into another row. */
  async seal(secret: string, context: string): Promise<Buffer> {
    const [[id, key] = missing()] = await this.keys();
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(context));
    return Buffer.concat([Buffer.from(id, 'hex'), nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  }

  async open(sealed: Buffer, context: string): Promise<string> {
    const [, key] = (await this.keys()).find(([id]) => id === idOf(sealed)) ?? [];
    if (!key)
      throw new Error('A secret in the database was encrypted with a key that GALLEY_SECRETS_KEY does not have.');
    const body = sealed.subarray(ID_BYTES);
    const decipher = createDecipheriv(CIPHER, key, body.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(context));
    decipher.setAuthTag(body.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString();
  }

  /** The same, encrypted with the newest key; untouched when it is already. */
  async renew(sealed: Buffer, context: string): Promise<Buffer> {
    const [[id] = missing()] = await this.keys();
    return id === idOf(sealed) ? sealed : this.seal(await this.open(sealed, context), context);
  }

  private async keys(): Promise<[id: string, key: Buffer][]> {
    this.loaded ??= this.load().then((keys) => keys.map(derived));
    try {
      return await this.loaded;
    } catch (error) {
      // The file may be there the next time.
      this.loaded = undefined;
      throw error;
    }
  }
}

const idOf = (sealed: Buffer): string => sealed.toString('hex', 0, ID_BYTES);

/** Not the key itself: what it is used for elsewhere, some day, must not be the same key. */
function derived(key: Buffer): [id: string, key: Buffer] {
  const own = Buffer.from(hkdfSync('sha256', key, '', 'galley secret box', 32));
  return [
    createHash('sha256')
      .update(own)
      .digest('hex')
      .slice(0, 2 * ID_BYTES),
    own,
  ];
}

function missing(): never {
  throw new Error('There is no key to encrypt secrets with.');
}
