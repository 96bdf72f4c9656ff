import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whether somebody set a product's thumbnail: otherwise it follows the first picture. Of products that there are nobody knows.
 * Theirs follows when it is the first of their pictures, as it is where nothing was set and the pictures have not changed.
 */
export class NoteChosenThumbnails1767231710000 implements MigrationInterface {
  name = 'NoteChosenThumbnails1767231710000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE catalog.products ADD COLUMN thumbnail_chosen boolean NOT NULL DEFAULT false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE catalog.products DROP COLUMN thumbnail_chosen');
  }
}
