import { expect, it } from 'vitest';
import { galley } from '../support/app.js';

const app = galley({ GALLEY_RATE_LIMIT: '6/600' });

it('says on each response what is left, and refuses when nothing is', async () => {
  // The test client reads the document first, which counts as one.
  await app.anyone.get('/health/live');
  const answers = [];
  for (let count = 1; count <= 6; count++) answers.push(await app.anyone.get('/v1/categories'));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
  expect(answers.map(({ headers }) => /r=(\d+)/.exec(headers['ratelimit'] ?? '')?.[1])).toEqual([
    '4',
    '3',
    '2',
    '1',
    '0',
    '0',
  ]);
  for (const { headers } of answers) {
    expect(headers['ratelimit-policy']).toBe('"default";q=6;w=600');
    expect(Number(/t=(\d+)/.exec(headers['ratelimit'] ?? '')?.[1])).toBeLessThanOrEqual(600);
  }
  const refused = answers.at(-1)!;
  expect(refused.body).toMatchObject({ code: 'rate_limited', status: 429 });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(500);
});

it('never refuses health and metrics', async () => {
  for (let count = 1; count <= 10; count++) expect((await app.anyone.get('/health/ready')).status).toBe(200);
  expect((await app.anyone.get('/metrics')).status).toBe(200);
});
