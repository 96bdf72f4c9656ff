import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import {
  checkedAs,
  Database,
  FileStore,
  type FormBody,
  faultPoint,
  IdempotencyService,
  IdempotentReplay,
  Jobs,
  NotAvailable,
  NotFoundProblem,
  newId,
  type ReceivedForm,
  Refusal,
  receiveForm,
  Scratch,
  Stale,
  Transactional,
} from '../../platform/index.js';
import { ProductIsArchived } from '../catalog.errors.js';
import { type ChangeMediumRequest, MediumFields, UploadedMediumResponse } from './media.dto.js';
import { TooManyMedia } from './media.errors.js';
import { MediaSettings } from './media.settings.js';
import { MediaAddresses } from './media-addresses.js';
import { type MediumRow, originalOf, ROW } from './media-row.js';
import { inspect, type Picture } from './pictures.js';
import { ShownMedia } from './shown-media.service.js';

export const MAKE_SIZES = 'catalog.make-media-sizes';
export const REMOVE_FILES = 'catalog.remove-media-files';

export const MOST_MEDIA = 50;

/** A picture that has arrived, before anything is kept of it in the database. */
type Arrival = Picture & Omit<ReceivedForm, 'fields'> & { alt: string | null };

const INSERT = `
  INSERT INTO catalog.media (id, product_id, position, alt, type, bytes, hash, width, height)
  SELECT $1::uuid, $2::uuid, count(*), $3::text, $4::text, $5::integer, $6::text, $7::integer, $8::integer FROM catalog.media WHERE product_id = $2
  HAVING count(*) < ${MOST_MEDIA}
  RETURNING ${ROW}`;

const ARRANGE = `
  UPDATE catalog.media m SET position = o.place - 1
  FROM unnest($1::uuid[]) WITH ORDINALITY AS o (id, place)
  WHERE m.id = o.id AND m.position <> o.place - 1`;

const CHANGE = `
  UPDATE catalog.media SET alt = $2, version = version + 1, updated_at = now() WHERE id = $1 RETURNING ${ROW}`;

// The thumbnail and pictures of variants that were set to it would be broken images. No other address has its id in it.
const REMOVE = `
  WITH gone AS (
    DELETE FROM catalog.media WHERE id = $1::uuid
  ), product AS (
    UPDATE catalog.products SET thumbnail = media #>> '{0,url}', thumbnail_chosen = false, version = version + 1, updated_at = now()
    WHERE id = $2 AND position('/' || $1::uuid || '/' IN lower(thumbnail)) > 0
  )
  UPDATE catalog.variants SET image = NULL, updated_at = now()
  WHERE product_id = $2 AND position('/' || $1::uuid || '/' IN lower(image)) > 0`;

/** Whether the row was surely not kept. After any other error nobody knows: a file that no row names goes by night. */
const isRefused = (error: unknown): boolean =>
  error instanceof IdempotentReplay || (error instanceof Refusal && !(error instanceof NotAvailable));

/** Pictures of products. Each has a version of its own: what happens to them is no change of the product's fields. */
@Injectable()
export class MediaService {
  constructor(
    private readonly database: Database,
    private readonly files: FileStore,
    private readonly scratch: Scratch,
    private readonly jobs: Jobs,
    private readonly idempotency: IdempotencyService,
    private readonly shown: ShownMedia,
    private readonly settings: MediaSettings,
    private readonly addresses: MediaAddresses,
  ) {}

  /**
   * Takes a picture in: its sizes are made later, by a job. The file comes first and the row that names it after, so that
   * no row is ever without its file; a file that nobody names is found by night.
   */
  async add(productId: string, form: FormBody): Promise<UploadedMediumResponse> {
    // Whether it takes pictures is looked at later: who sends one again is told what came of it, whatever has happened since.
    await this.requireProduct(productId);
    return this.scratch.use(async (folder) => {
      const path = join(folder, 'original');
      const { fields, ...received } = await receiveForm(form, path, this.settings.mostBytes);
      const { alt = null } = await checkedAs(MediumFields, fields);
      const picture = await inspect(path);
      const id = newId();
      try {
        await this.files.put(`${originalOf(id)}/file`, path, { contentType: picture.type });
        faultPoint('media.received');
        return await this.keep(id, productId, { ...received, ...picture, alt });
      } catch (error) {
        if (isRefused(error)) await this.files.removeFolder(originalOf(id)).catch(() => {});
        throw error;
      }
    });
  }

  async list(productId: string): Promise<MediumRow[]> {
    const rows = await this.ofProduct(productId);
    if (rows.length === 0) await this.requireProduct(productId);
    return rows;
  }

  async read(id: string): Promise<MediumRow> {
    const [row] = await this.database.query<MediumRow>(`SELECT ${ROW} FROM catalog.media WHERE id = $1`, [id]);
    if (!row) throw new NotFoundProblem('Medium', id);
    return row;
  }

  @Transactional()
  async change(id: string, version: number, { alt, position }: ChangeMediumRequest): Promise<MediumRow> {
    const { row, beside } = await this.lock(id, version);
    const wanted = {
      alt: alt === undefined ? row.alt : alt,
      position: Math.min(position ?? row.position, beside.length),
    };
    if (wanted.alt === row.alt && wanted.position === row.position) return row;
    const order = beside.toSpliced(wanted.position, 0, row);
    const [changed] = await this.database.query<MediumRow>(CHANGE, [id, wanted.alt]);
    await this.arrange(row.productId, order);
    return { ...(changed as MediumRow), position: wanted.position };
  }

  /** The row and what names its files now, the files by a job after the commit. */
  @Transactional()
  async remove(id: string, version: number): Promise<void> {
    const { row, beside } = await this.lock(id, version);
    await this.database.query(REMOVE, [id, row.productId]);
    await this.arrange(row.productId, beside);
    await this.jobs.enqueue(REMOVE_FILES, { mediumId: id });
  }

  @Transactional()
  protected async keep(id: string, productId: string, arrival: Arrival): Promise<UploadedMediumResponse> {
    const { alt, type, bytes, hash, width, height } = arrival;
    this.idempotency.includes(JSON.stringify([hash, alt]));
    await this.idempotency.claim(id);
    await this.requireOpen(productId);
    const [row] = await this.database.query<MediumRow>(INSERT, [id, productId, alt, type, bytes, hash, width, height]);
    if (!row) throw new TooManyMedia(MOST_MEDIA);
    await this.jobs.enqueue(MAKE_SIZES, { mediumId: id });
    const answer = UploadedMediumResponse.of(row, this.addresses);
    this.idempotency.complete(201, answer, { location: `/v1/media/${id}`, etag: `"${row.version}"` });
    return answer;
  }

  /** The order of the pictures is a matter of all of them, so the product is locked. */
  private async lock(id: string, version: number): Promise<{ row: MediumRow; beside: MediumRow[] }> {
    const { productId } = await this.read(id);
    await this.requireOpen(productId);
    const rows = await this.ofProduct(productId);
    const row = rows.find((candidate) => candidate.id === id);
    if (!row) throw new NotFoundProblem('Medium', id);
    if (row.version !== version) throw new Stale(row.version);
    return { row, beside: rows.filter((other) => other !== row) };
  }

  private ofProduct(productId: string): Promise<MediumRow[]> {
    return this.database.query(`SELECT ${ROW} FROM catalog.media WHERE product_id = $1 ORDER BY position`, [productId]);
  }

  private async arrange(productId: string, order: MediumRow[]): Promise<void> {
    await this.database.query(ARRANGE, [order.map(({ id }) => id)]);
    await this.shown.changed(productId);
  }

  private async requireOpen(productId: string): Promise<void> {
    const { status } = await this.requireProduct(productId, 'FOR UPDATE');
    if (status === 'archived') throw new ProductIsArchived(productId);
  }

  private async requireProduct(productId: string, lock = ''): Promise<{ status: string }> {
    const [product] = await this.database.query<{ status: string }>(
      `SELECT status FROM catalog.products WHERE id = $1 ${lock}`,
      [productId],
    );
    if (!product) throw new NotFoundProblem('Product', productId);
    return product;
  }
}
