import { expect, it } from 'vitest';
import { galley } from '../support/app.js';

const app = galley();

it('finds products by the options of their variants, with brackets in the query', async () => {
  const staff = app.as(await app.staff());
  const make = (name: string, color: string) =>
    staff.post('/v1/products', {
      name,
      status: 'active',
      options: [{ name: 'Color', values: [color] }],
      variants: [
        {
          sku: name.toUpperCase(),
          optionValues: { Color: color },
          prices: [{ amount: 100, currency: 'EUR' }],
          stock: 1,
        },
      ],
    });
  expect((await make('Redcap', 'Red')).status).toBe(201);
  expect((await make('Bluecap', 'Blue')).status).toBe(201);
  const { body } = await app.anyone.get('/v1/products?option[Color]=Red');
  expect(body.data.map(({ name }: { name: string }) => name)).toEqual(['Redcap']);
  expect((await app.anyone.get('/v1/products?option%5BColor%5D=Blue')).body.data[0].name).toBe('Bluecap');
  expect((await app.anyone.get('/v1/products?option=Red')).status).toBe(422);
  expect((await app.anyone.get('/v1/products?colour[Red]=1')).status).toBe(400);
});

it('takes what is asked for to the letter, whatever it is in SQL or JSON', async () => {
  const staff = app.as(await app.staff());
  const odd = [`7" plate`, `O'Hara's`, 'back\\slash', '$1', '{a,b}', `'); DROP TABLE catalog.products; --`];
  for (const [index, value] of odd.entries()) {
    const { status } = await staff.post('/v1/products', {
      name: `Odd ${index}`,
      status: 'active',
      tags: [value],
      attributes: { [value]: value },
      options: [{ name: value, values: [value] }],
      variants: [{ sku: `ODD-${index}`, optionValues: { [value]: value }, prices: [{ amount: 100, currency: 'EUR' }] }],
    });
    expect(status).toBe(201);
  }
  for (const [index, value] of odd.entries()) {
    const text = encodeURIComponent(value);
    for (const query of [`option[${text}]=${text}`, `attribute[${text}]=${text}`, `tag=${text}`]) {
      const { body } = await app.anyone.get(`/v1/products?${query}&minPrice=1`);
      expect(body.data.map(({ name }: { name: string }) => name)).toEqual([`Odd ${index}`]);
      expect((await app.anyone.get(`/v1/search/facets?${query}`)).body.total).toBe(1);
    }
  }
});
