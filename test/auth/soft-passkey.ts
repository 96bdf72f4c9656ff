import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

// biome-ignore lint/suspicious/noExplicitAny: JSON as Galley gives it
type Options = any;

interface Credential {
  id: string;
  response: object;
}

const PRESENT_AND_VERIFIED = 0x05;
const WITH_KEY = 0x40;

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();
const text = (value: string): Buffer => Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);
const bytes = (value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0x59, value.length >> 8, value.length & 255]), value]);

/** An authenticator without a browser, for where the ceremony is not the point. It does as it is told. */
export class SoftPasskey {
  private readonly id = randomBytes(16);
  private readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  private handle = '';
  private counter = 0;

  constructor(private readonly origin: string) {}

  create({ challenge, rp, user }: Options): object {
    this.handle = user.id;
    const key = Buffer.concat([Buffer.alloc(16), Buffer.from([0, this.id.length]), this.id, cose(this.keys.publicKey)]);
    const data = Buffer.concat([this.head(rp.id, PRESENT_AND_VERIFIED | WITH_KEY), key]);
    const parts = [[0xa3], text('fmt'), text('none'), text('attStmt'), [0xa0], text('authData'), bytes(data)];
    return this.credential({
      clientDataJSON: this.client('webauthn.create', challenge).toString('base64url'),
      attestationObject: Buffer.concat(parts.map((part) => Buffer.from(part))).toString('base64url'),
      transports: ['internal'],
    });
  }

  get({ challenge, rpId }: Options): Credential {
    const data = this.head(rpId, PRESENT_AND_VERIFIED);
    const client = this.client('webauthn.get', challenge);
    return this.credential({
      clientDataJSON: client.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: sign('sha256', Buffer.concat([data, sha256(client)]), this.keys.privateKey).toString('base64url'),
      userHandle: this.handle,
    });
  }

  private head(rpId: string, flags: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(++this.counter);
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), counter]);
  }

  private client(type: string, challenge: string): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin: this.origin, crossOrigin: false }));
  }

  private credential(response: object): Credential {
    const id = this.id.toString('base64url');
    const rest = { rawId: id, type: 'public-key', clientExtensionResults: {} };
    return { id, response, ...rest };
  }
}

/** An ES256 key as COSE has it (RFC 9053 §7.1.1). */
function cose(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const coordinate = (label: number, value: string) =>
    Buffer.concat([Buffer.from([label, 0x58, 32]), Buffer.from(value, 'base64url')]);
  return Buffer.concat([Buffer.from([0xa5, 1, 2, 3, 0x26, 0x20, 1]), coordinate(0x21, x), coordinate(0x22, y)]);
}
