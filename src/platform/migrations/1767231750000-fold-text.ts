import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `platform.folded`: text as one looks for it, without case, accents and what else one leaves out or has no key for:
 * `Crème Brûlée™` and `creme brulee` are the same, `Łódź` and `lodz`, `Straße` and `strasse`, `ΟΔΟΣ` and `Οδός`, full-width
 * letters and plain ones (Unicode NFKD, less the marks of Latin, Greek, Cyrillic, Hebrew and Arabic; letters that have no
 * decomposition by name).
 */
export class FoldText1767231750000 implements MigrationInterface {
  name = 'FoldText1767231750000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION platform.folded(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT ${FOLDED}
      $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION platform.folded(text)');
  }
}

const MARKS = String.raw`[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u0655\u0670]+`;

/** Most text is ASCII, which is seen at its length. What stays is composed again: Hangul and kana are taken apart as well. */
const FOLDED = `CASE WHEN octet_length($1) = char_length($1) THEN lower($1) ELSE
          replace(replace(replace(replace(
            lower(normalize(translate(regexp_replace(normalize(translate($1, '™®©℠', ''), NFKD), '${MARKS}', '', 'g'), 'ØøŁłĐđıĦħŦŧς', 'OoLlDdiHhTtσ'), NFC)),
            'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
        END`;
