import { beforeAll, describe, expect, it } from 'vitest';
import { makeProduct } from '../catalog/catalog-support.js';
import { galley, type Person } from '../support/app.js';

const app = galley();
let staff: Person;

beforeAll(async () => {
  staff = await app.staff();
});

/** The answer to a change of a product that is at version 3. */
async function changeWith(tags: string) {
  const { id } = await makeProduct(app, staff);
  const change = (name: string, header: string) =>
    app.as(staff).patch(`/v1/products/${id}`, { name }, { 'if-match': header });
  await change('Second', '"1"');
  await change('Third', '"2"');
  return change('Fourth', tags);
}

describe('If-Match', () => {
  it('takes the version that was read, also where a proxy that compresses has made its ETag weak', async () => {
    for (const tags of ['"3"', 'W/"3"']) expect((await changeWith(tags)).body).toMatchObject({ version: 4 });
    for (const tags of ['"2"', 'W/"2"']) {
      expect((await changeWith(tags)).body).toMatchObject({ code: 'version_mismatch', currentVersion: 3 });
    }
  });

  it('takes a list of what was read, of which the newest counts', async () => {
    for (const tags of ['"2", "3"', '"3","2"', 'W/"3" , "3"', '"3", "3-de"']) {
      expect([tags, (await changeWith(tags)).status]).toEqual([tags, 200]);
    }
    expect((await changeWith('"1", "2"')).body).toMatchObject({ code: 'version_mismatch', currentVersion: 3 });
  });

  it('refuses *, which would overwrite whatever is there, and says so', async () => {
    for (const tags of ['*', ' * ']) {
      const { status, body } = await changeWith(tags);
      expect([status, body.code]).toEqual([400, 'malformed_request']);
      expect(body.detail).toMatch(/overwrite/);
    }
  });

  it('refuses what names no version, and says where there is one', async () => {
    for (const tags of ['3', '"abc"', '"3", abc', '"3",', '"3", *', '']) {
      const { status, body } = await changeWith(tags);
      expect([tags, status, body.code]).toEqual([tags, 400, 'malformed_request']);
      expect(body.detail).toMatch(/the ETag that you get when you read with your token/);
    }
  });
});
