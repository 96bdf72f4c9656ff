import { Injectable } from '@nestjs/common';
import { Database, ValidationFailed } from '../../platform/index.js';
import type { Medium } from '../products/product.entity.js';
import { MediaAddresses } from './media-addresses.js';

type Address = Pick<Medium, 'url'>;

/** Pictures that were uploaded belong to their product by themselves: an address of one beside it would outlive it. */
@Injectable()
export class UploadedPictures {
  constructor(
    private readonly database: Database,
    private readonly addresses: MediaAddresses,
  ) {}

  /** @throws {ValidationFailed} when one of these is an uploaded picture. */
  async demandElsewhere(media: Address[] = []): Promise<void> {
    const [refusal] = await this.refusalsOf([media]);
    if (refusal) throw refusal;
  }

  /** The same of many products' pictures: what each is refused for, if it is. One statement at most. */
  async refusalsOf(products: Address[][]): Promise<(ValidationFailed | undefined)[]> {
    const all = products.map((media) => media.map(({ url }) => this.addresses.pictureAt(url)));
    const known = await this.known(all.flat().flatMap((picture) => (picture ? picture.id.toLowerCase() : [])));
    return all.map((pictures) => {
      const errors = pictures.flatMap((picture, index) =>
        picture && (picture.isOwn || known.has(picture.id.toLowerCase())) ? [refusalOf(index)] : [],
      );
      return errors.length > 0 ? new ValidationFailed(errors) : undefined;
    });
  }

  /** The host of an address says little: a server may be asked under many. */
  private async known(ids: string[]): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    const rows = await this.database.query<{ id: string }>('SELECT id FROM catalog.media WHERE id = ANY ($1::uuid[])', [
      ids,
    ]);
    return new Set(rows.map(({ id }) => id));
  }
}

const refusalOf = (index: number) => ({
  pointer: `/media/${index}/url`,
  code: 'uploaded_picture',
  message:
    'is a picture that was uploaded here. Leave it out: those stay by themselves, and /v1/media/{id} changes and deletes them.',
});
