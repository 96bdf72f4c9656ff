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
