import { describe, expect, it } from 'vitest';
import { PaymentsSettings } from '#src/payments/payments.settings.js';
import { readSettings, SettingError } from '#src/platform/index.js';
import { galley } from '../support/app.js';
import { boot } from '../support/boot.js';
import { begin, QUIET } from './support.js';

describe('The settings of payments', () => {
  const namesIn = (env: NodeJS.ProcessEnv, mode: string): string[] => {
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = mode;
    try {
      return readSettings(PaymentsSettings, env).names;
    } finally {
      process.env['NODE_ENV'] = before;
    }
  };

  it('keep the sandbox out of production, unless it is named', () => {
    expect(namesIn({}, 'development')).toEqual(['sandbox', 'manual']);
    expect(namesIn({}, 'production')).toEqual(['manual']);
    expect(namesIn({ GALLEY_PAYMENT_PROVIDERS: 'sandbox' }, 'production')).toEqual(['sandbox']);
  });

  it.each([
    ['GALLEY_CAPTURE', 'later'],
    ['GALLEY_PAYMENT_TIMEOUT', '0'],
    ['GALLEY_PAYMENT_TIMEOUT', 'soon'],
    ['GALLEY_PAYMENT_PROVIDERS', 'sandbox, manual'],
  ])('refuse %s=%s by name', (name, value) => {
    expect(() => readSettings(PaymentsSettings, { [name]: value })).toThrow(SettingError);
    expect(() => readSettings(PaymentsSettings, { [name]: value })).toThrow(name);
  });
});

describe('With GALLEY_CAPTURE=manual and only the manual provider', () => {
  const app = galley({ ...QUIET, GALLEY_CAPTURE: 'manual', GALLEY_PAYMENT_PROVIDERS: 'manual' });

  it('there is no sandbox', async () => {
    await expect(begin(app)).rejects.toMatchObject({ extra: { providers: ['manual'] } });
    expect((await app.anyone.post('/v1/payments/webhooks/sandbox', {})).status).toBe(404);
    const { id } = await begin(app, { provider: 'manual' });
    expect((await app.anyone.get(`/v1/payments/sandbox/actions/${id}`)).status).toBe(404);
  });

  it('a provider that does not exist stops the start', async () => {
    const start = boot({ DATABASE_URL: app.databaseUrl, GALLEY_PAYMENT_PROVIDERS: 'manual,paypall' });
    await expect(start).rejects.toThrow(/GALLEY_PAYMENT_PROVIDERS/);
  });

  it('the database role that serves requests is no superuser, so that what it may not do holds', async () => {
    const [role] = await app.db.query('SELECT rolsuper FROM pg_roles WHERE rolname = current_user');
    expect(role).toEqual({ rolsuper: false });
  });
});
