import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { operationWebhook } from '#src/payments/sandbox/sandbox-charge.js';
import { SandboxSecret } from '#src/payments/sandbox/sandbox-secret.service.js';
import { newId } from '#src/platform/index.js';
import { SHOP, somebody, verifyEmail } from '../auth/external.js';
import { FakeProvider, settingsFor } from '../auth/fake-provider.js';
import { codeOf, enrol, forgetCodes, owner } from '../auth/second-factor.js';
import { SoftPasskey } from '../auth/soft-passkey.js';
import { formOf, jpeg } from '../catalog/media-support.js';
import { ADDRESS, buy, makeArticle } from '../orders/shop.js';
import { paid, WEBHOOKS, webhookFor } from '../payments/support.js';
import { galley } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { statementsOf } from '../support/statements.js';

// Without the cache of finished answers: what a read costs when it has to be worked out.
const google = await FakeProvider.start();
const app = galley({
  GALLEY_CACHE_MB: '0',
  GALLEY_LOCALES: 'en,de',
  ...settingsFor({ google }),
  GALLEY_OIDC_RETURN_TO: SHOP,
});
afterAll(() => google.stop());

/**
 * SQL statements of each operation, BEGIN and COMMIT included. More needs a reason. Who makes do with fewer lowers the
 * number: a budget may be one above what is spent, and no more, or it would let that one come back.
 */
const BUDGET: Record<string, number> = {
  healthLive: 0,
  healthReady: 1,
  jwksRead: 0,
  // One that counts before it is told whether the address is taken.
  sessionsRegister: 11,
  sessionsLogin: 2,
  sessionsRefresh: 2,
  sessionsLogout: 4,
  ownSessionsList: 1,
  // With the record of it, so that neither is there without the other. Two lock the account and withdraw a change of its address.
  ownSessionsRevoke: 6,
  ownSessionsRevokeAll: 6,
  apiKeysList: 1,
  apiKeysCreate: 5,
  apiKeysRead: 1,
  apiKeysChange: 6,
  apiKeysRevoke: 6,
  apiKeysRotate: 8,
  permissionsList: 0,
  rolesList: 1,
  rolesCreate: 4,
  rolesRead: 1,
  rolesChange: 7,
  rolesDelete: 5,
  usersList: 1,
  usersRead: 1,
  usersChange: 12,
  auditLogList: 1,
  passwordsForgot: 2,
  passwordsReset: 10,
  // One asks whether the session goes on, as for what it leaves or takes below.
  passwordsChange: 12,
  stepUpCreate: 12,
  mfaSignInsCreate: 13,
  factorsRead: 1,
  factorsBeginTotp: 2,
  factorsConfirmTotp: 12,
  factorsRemoveTotp: 11,
  factorsCountRecoveryCodes: 1,
  factorsRenewRecoveryCodes: 8,
  userFactorsRemoveAll: 13,
  userSessionsRevokeAll: 7,
  passkeysList: 1,
  passkeysRead: 1,
  passkeysOptionsToAdd: 2,
  passkeysCreate: 11,
  passkeysRename: 1,
  passkeysRemove: 10,
  passkeySignInsOptionsToSignIn: 1,
  passkeySignInsCreate: 9,
  passkeySignInsOptionsForMfa: 3,
  passkeySignInsOptionsToStepUp: 2,
  passkeySignInsStepUp: 8,
  oidcList: 0,
  oidcBegin: 1,
  oidcCreate: 14,
  externalStepUpsBegin: 1,
  externalStepUpsCreate: 7,
  identitiesBeginLink: 3,
  identitiesLink: 9,
  identitiesList: 1,
  identitiesRead: 1,
  identitiesUnlink: 11,
  emailVerificationVerify: 5,
  emailVerificationAsk: 1,
  emailChangeAsk: 5,
  emailChangeConfirm: 10,
  addressesList: 1,
  addressesAdd: 6,
  addressesRead: 1,
  addressesReplace: 6,
  addressesRemove: 6,
  preferencesRead: 1,
  preferencesPut: 7,
  profileRead: 1,
  profileChange: 5,
  exportAsk: 6,
  exportRead: 1,
  exportFile: 1,
  // One is the record of it.
  erasureErase: 35,
  customersErase: 37,
  customersList: 1,
  customersRead: 3,
  customersChange: 8,
  productsList: 1,
  productsRead: 1,
  productsCreate: 6,
  productsChange: 7,
  productsArchive: 6,
  productsPutOptions: 9,
  bulkApply: 7,
  translationsList: 1,
  translationsPut: 7,
  translationsRemove: 7,
  searchFacets: 2,
  searchSuggest: 1,
  synonymsList: 1,
  synonymsRead: 1,
  synonymsCreate: 4,
  synonymsPut: 4,
  synonymsDelete: 4,
  productTypesList: 1,
  productTypesRead: 1,
  productTypesCreate: 1,
  productTypesChange: 4,
  productTypesDelete: 4,
  brandsList: 1,
  brandsRead: 1,
  brandsCreate: 1,
  brandsChange: 5,
  brandsDelete: 4,
  variantsCreate: 11,
  variantsRead: 1,
  variantsFind: 1,
  variantsChange: 8,
  variantsRemove: 7,
  variantsPutPrices: 5,
  mediaCreate: 6,
  mediaList: 1,
  mediaRead: 1,
  mediaChange: 9,
  mediaRemove: 10,
  mediaFilesRead: 0,
  priceListsList: 1,
  priceListsCreate: 5,
  priceListsRead: 1,
  priceListsChange: 7,
  priceListsDelete: 7,
  priceListsListPrices: 2,
  priceListsPutPrices: 7,
  priceListsRemovePrices: 7,
  variantPricesExplain: 1,
  variantPricesListHistory: 2,
  stockRead: 1,
  stockChange: 6,
  stockAdjust: 7,
  stockCount: 7,
  stockMovements: 1,
  manyStocksAdjust: 6,
  manyStocksCount: 6,
  transfersList: 1,
  transfersSend: 8,
  transfersRead: 1,
  transfersReceive: 8,
  transfersCancel: 8,
  locationsList: 1,
  locationsCreate: 1,
  locationsRead: 1,
  locationsChange: 4,
  locationsDelete: 5,
  importsCreate: 6,
  importsList: 1,
  importsRead: 1,
  importsCancel: 1,
  importsRefusals: 2,
  importsRefusalFile: 3,
  exportsRead: 3,
  categoriesList: 1,
  categoriesRead: 1,
  categoryTranslationsList: 1,
  categoryTranslationsPut: 9,
  categoryTranslationsRemove: 9,
  categoriesCreate: 4,
  categoriesChange: 9,
  categoriesDelete: 8,
  collectionsList: 1,
  collectionsRead: 1,
  collectionsCreate: 6,
  collectionsChange: 4,
  collectionsDelete: 4,
  collectionTranslationsList: 1,
  collectionTranslationsPut: 4,
  collectionTranslationsRemove: 4,
  // One more for the first request of a shopper: which groups they belong to is remembered.
  cartsCreate: 3,
  cartsRead: 2,
  cartsChange: 3,
  cartsSetItem: 3,
  cartsRemoveItem: 2,
  cartsShippingMethods: 2,
  reservationsReserve: 9,
  reservationsGiveBack: 8,
  ownCartRead: 2,
  // The account is held before its carts: or merging and erasing would wait for each other in a circle.
  ownCartMerge: 13,
  checkoutCart: 18,
  checkoutOrder: 16,
  ordersList: 3,
  ordersListOwn: 3,
  ordersRead: 3,
  cancellationsCreate: 11,
  paymentsList: 1,
  paymentsFind: 2,
  operationsFind: 2,
  capturesCreate: 25,
  refundsCreate: 25,
  voidsCreate: 25,
  ledgerEntries: 1,
  ledgerBalances: 1,
  sandboxActionsFind: 1,
  sandboxActionsAnswer: 3,
  webhooksSandbox: 10,
};

const spent: Record<string, number> = {};
let operations: string[] = [];

/** Of an operation that is called in several ways, the dearest counts. */
async function spend(operation: string, call: () => Promise<Answer>): Promise<Answer> {
  let answer: Answer | undefined;
  const statements = await statementsOf(async () => {
    answer = await call();
  });
  spent[operation] = Math.max(spent[operation] ?? 0, statements.length);
  if (!answer || answer.status >= 400) throw new Error(`${operation}: ${JSON.stringify(answer)}`);
  return answer;
}

const key = () => ({ 'idempotency-key': randomUUID() });
const ifMatch = ({ body }: Answer) => ({ 'if-match': `"${body.version}"` });

async function spendOnAuth(): Promise<void> {
  const who = { email: 'spender@example.com', password: 'correct horse' };
  await spend('sessionsRegister', () => app.anyone.post('/v1/auth/register', who));
  const login = await spend('sessionsLogin', () => app.anyone.post('/v1/auth/login', who));
  const { refreshToken } = login.body;
  const { body } = await spend('sessionsRefresh', () => app.anyone.post('/v1/auth/refresh', { refreshToken }));
  const shopper = app.anyone.with(body.accessToken);
  await spend('profileRead', () => shopper.get('/v1/me'));
  await spend('profileChange', () => shopper.patch('/v1/me', { name: 'Spender' }));
  const home = { name: 'Ada', line1: '12 Harbour Street', city: 'Bremen', postalCode: '28195', country: 'DE' };
  const add = () => shopper.post('/v1/me/addresses', { ...home, defaultShipping: true });
  const address = (await spend('addressesAdd', add)).body;
  await spend('addressesList', () => shopper.get('/v1/me/addresses'));
  await spend('addressesRead', () => shopper.get(`/v1/me/addresses/${address.id}`));
  await spend('addressesReplace', () =>
    shopper.put(`/v1/me/addresses/${address.id}`, { ...home, defaultShipping: true }),
  );
  await spend('addressesRemove', () => shopper.delete(`/v1/me/addresses/${address.id}`));
  await spend('preferencesPut', () =>
    shopper.put('/v1/me/preferences', { marketing: { granted: true, source: 'test' } }),
  );
  await spend('preferencesRead', () => shopper.get('/v1/me/preferences'));
  const { data } = (await spend('ownSessionsList', () => shopper.get('/v1/auth/sessions'))).body;
  await spend('ownSessionsRevoke', () => shopper.delete(`/v1/auth/sessions/${data[1].id}`));
  await app.mailTo(who.email);
  await spend('emailVerificationAsk', () => shopper.post('/v1/auth/email/verification'));
  const [verification] = await app.mailTo(who.email);
  const { token } = verification!;
  await spend('emailVerificationVerify', () => app.anyone.post('/v1/auth/email/verify', { token }));
  await spend('stepUpCreate', () => shopper.post('/v1/auth/step-up', { password: who.password }));
  await spend('passwordsChange', () =>
    shopper.post('/v1/auth/password/change', { currentPassword: who.password, newPassword: 'a new staple' }),
  );
  const { id: copy } = (await spend('exportAsk', () => shopper.post('/v1/me/export'))).body;
  await app.runDue();
  await spend('exportRead', () => shopper.get(`/v1/me/exports/${copy}`));
  await spend('exportFile', () => shopper.get(`/v1/me/exports/${copy}/file`));
  await spend('sessionsLogout', () => shopper.post('/v1/auth/logout'));
  await app.runDue();
  await spend('passwordsForgot', () => app.anyone.post('/v1/auth/password/forgot', { email: who.email }));
  const [resetting] = await app.mailTo(who.email);
  await spend('passwordsReset', () =>
    app.anyone.post('/v1/auth/password/reset', { token: resetting!.token, password: who.password }),
  );
  const elsewhere = app.anyone.with((await app.anyone.post('/v1/auth/login', who)).body.accessToken);
  await spend('ownSessionsRevokeAll', () => elsewhere.delete('/v1/auth/sessions'));
  const person = await owner(app);
  await spend('emailChangeAsk', () => app.as(person).post('/v1/auth/email/change', { email: 'moved@example.com' }));
  for (const address of [person.email, 'moved@example.com']) {
    const mail = (await app.mailTo(address)).find(({ subject }) => subject === 'Confirm your new e-mail address');
    const { token: yes } = mail!;
    await spend('emailChangeConfirm', () => app.anyone.post('/v1/auth/email/change/confirmation', { token: yes }));
  }
  const leaving = app.as(await app.shopper());
  await spend('erasureErase', () => leaving.delete('/v1/me'));
  await spend('jwksRead', () => app.anyone.get('/.well-known/jwks.json'));
  await spend('healthLive', () => app.anyone.get('/health/live'));
  await spend('healthReady', () => app.anyone.get('/health/ready'));
}

async function spendOnSearch(staff: Client): Promise<void> {
  await spend('searchFacets', () => app.anyone.get('/v1/search/facets?q=spoon&brand=none&option[Size]=S'));
  await spend('searchSuggest', () => app.anyone.get('/v1/search/suggestions?q=spo'));
  const made = await spend('synonymsCreate', () => staff.post('/v1/search/synonyms', { words: ['spoon', 'ladle'] }));
  const path = `/v1/search/synonyms/${made.body.id}`;
  await spend('synonymsList', () => staff.get('/v1/search/synonyms'));
  await spend('synonymsRead', () => staff.get(path));
  const put = await spend('synonymsPut', () => staff.put(path, { words: ['spoon', 'scoop'] }, ifMatch(made)));
  await spend('synonymsDelete', () => staff.delete(path, ifMatch(put)));
}

async function spendOnReferences(staff: Client): Promise<void> {
  for (const [path, tag, code] of [
    ['/v1/product-types', 'productTypes', { code: 'spent', attributes: [] }],
    ['/v1/brands', 'brands', {}],
    ['/v1/collections', 'collections', { rule: { match: 'all', conditions: [{ by: 'tag', values: ['spent'] }] } }],
  ] as const) {
    const made = await spend(`${tag}Create`, () => staff.post(path, { name: 'Spent', ...code }));
    const one = `${path}/${made.body.id}`;
    await spend(`${tag}List`, () => app.anyone.get(path));
    await spend(`${tag}Read`, () => app.anyone.get(one));
    let changed = await spend(`${tag}Change`, () => staff.patch(one, { name: 'Well spent' }, ifMatch(made)));
    if (tag === 'collections') changed = await spendOnTranslations(staff, one, changed);
    await spend(`${tag}Delete`, () => staff.delete(one, ifMatch(changed)));
  }
}

async function spendOnTranslations(staff: Client, collection: string, read: Answer): Promise<Answer> {
  const path = `${collection}/translations/de`;
  const put = await spend('collectionTranslationsPut', () => staff.put(path, { name: 'Gespart' }, ifMatch(read)));
  await spend('collectionTranslationsList', () => staff.get(`${collection}/translations`));
  await spend('collectionTranslationsRemove', () => staff.delete(path, ifMatch(put)));
  return staff.get(collection);
}

async function spendOnFactors(): Promise<void> {
  const person = await owner(app);
  const shopper = app.as(person);
  const { email, password } = person;
  await spend('factorsRead', () => shopper.get('/v1/auth/mfa'));
  const { secret } = (await spend('factorsBeginTotp', () => shopper.post('/v1/auth/mfa/totp'))).body;
  const code = () => codeOf({ secret });
  await spend('factorsConfirmTotp', () => shopper.post('/v1/auth/mfa/totp/confirmation', { code: code() }));
  await forgetCodes(app, person);
  const half = async () => (await app.anyone.post('/v1/auth/login', { email, password })).body.mfaToken as string;
  const mfaToken = await half();
  const login = await spend('mfaSignInsCreate', () =>
    app.anyone.post('/v1/auth/login/mfa', { mfaToken, code: code() }),
  );
  const client = app.anyone.with(login.body.accessToken);
  const renewed = await spend('factorsRenewRecoveryCodes', () => client.post('/v1/auth/mfa/recovery-codes'));
  await spend('factorsCountRecoveryCodes', () => client.get('/v1/auth/mfa/recovery-codes'));
  const withRecovery = { mfaToken: await half(), code: renewed.body.recoveryCodes[0] };
  await spend('mfaSignInsCreate', () => app.anyone.post('/v1/auth/login/mfa', withRecovery));
  await forgetCodes(app, person);
  await spend('stepUpCreate', () => client.post('/v1/auth/step-up', { password, code: code() }));
  await spendOnPasskeys(client, half);
  await spend('factorsRemoveTotp', () => client.delete('/v1/auth/mfa/totp'));
  const staff = app.as(await app.staff());
  const { id } = await enrol(app, await app.shopper());
  await spend('userFactorsRemoveAll', () => staff.delete(`/v1/users/${id}/mfa`));
}

async function spendOnPasskeys(client: Client, half: () => Promise<string>): Promise<void> {
  const soft = new SoftPasskey(app.url.replace('127.0.0.1', 'localhost'));
  const toAdd = await spend('passkeysOptionsToAdd', () => client.post('/v1/auth/passkeys/options'));
  const added = await spend('passkeysCreate', () =>
    client.post('/v1/auth/passkeys', { passkey: soft.create(toAdd.body) }),
  );
  const path = added.headers['location']!;
  await spend('passkeysList', () => client.get('/v1/auth/passkeys'));
  await spend('passkeysRead', () => client.get(path));
  await spend('passkeysRename', () => client.patch(path, { name: 'Spender' }));
  const toSignIn = await spend('passkeySignInsOptionsToSignIn', () =>
    app.anyone.post('/v1/auth/passkeys/sign-in/options'),
  );
  await spend('passkeySignInsCreate', () =>
    app.anyone.post('/v1/auth/passkeys/sign-in', { passkey: soft.get(toSignIn.body) }),
  );
  const mfaToken = await half();
  const forMfa = await spend('passkeySignInsOptionsForMfa', () =>
    app.anyone.post('/v1/auth/login/mfa/passkey/options', { mfaToken }),
  );
  await spend('mfaSignInsCreate', () =>
    app.anyone.post('/v1/auth/login/mfa', { mfaToken, passkey: soft.get(forMfa.body) }),
  );
  const toStepUp = await spend('passkeySignInsOptionsToStepUp', () => client.post('/v1/auth/step-up/passkey/options'));
  await spend('passkeySignInsStepUp', () =>
    client.post('/v1/auth/step-up/passkey', { passkey: soft.get(toStepUp.body) }),
  );
  await spend('passkeysRemove', () => client.delete(path));
}

async function spendOnProviders(): Promise<void> {
  const [newcomer, friend] = [somebody(), somebody()];
  await spend('oidcList', () => app.anyone.get('/v1/auth/oidc'));
  const person = await app.shopper();
  await verifyEmail(app, person);
  const shopper = app.as(person);
  const to = { redirectTo: SHOP };
  const ways = { anyone: '/v1/auth/oidc/google', own: '/v1/auth/oidc/google/link' };
  const begun = await spend('oidcBegin', () => app.anyone.post(`${ways.anyone}/authorization`, to));
  const { url, flowToken } = begun.body;
  const answer = { ...google.authorize(url, newcomer), flowToken };
  await spend('oidcCreate', () => app.anyone.post(`${ways.anyone}/token`, answer));
  const linking = (await spend('identitiesBeginLink', () => shopper.post(`${ways.own}/authorization`, to))).body;
  const theirs = { ...google.authorize(linking.url, friend), flowToken: linking.flowToken };
  const linked = await spend('identitiesLink', () => shopper.post(ways.own, theirs));
  const again = `/v1/auth/oidc/google/step-up`;
  const anew = (await spend('externalStepUpsBegin', () => shopper.post(`${again}/authorization`, to))).body;
  const shown = { ...google.authorize(anew.url, friend), flowToken: anew.flowToken };
  await spend('externalStepUpsCreate', () => shopper.post(again, shown));
  const path = linked.headers['location']!;
  await spend('identitiesList', () => shopper.get('/v1/auth/identities'));
  await spend('identitiesRead', () => shopper.get(path));
  await spend('identitiesUnlink', () => shopper.delete(path));
}

async function spendOnKeys(): Promise<void> {
  const staff = app.as(await app.staff());
  const made = await spend('apiKeysCreate', () =>
    staff.post('/v1/api-keys', { name: 'Spender', permissions: ['orders:read'] }),
  );
  const path = `/v1/api-keys/${made.body.id}`;
  await spend('apiKeysList', () => staff.get('/v1/api-keys'));
  await spend('apiKeysRead', () => staff.get(path));
  const changed = await spend('apiKeysChange', () => staff.patch(path, { name: 'Spent' }, ifMatch(made)));
  await spend('apiKeysRotate', () => staff.post(`${path}/rotation`, {}));
  const { body } = changed;
  await spend('apiKeysRevoke', () => staff.delete(path, { 'if-match': `"${body.version + 1}"` }));
}

async function spendOnStaff(): Promise<void> {
  const staff = app.as(await app.staff());
  const { data: customers } = (await spend('customersList', () => staff.get('/v1/customers'))).body;
  const customer = await spend('customersRead', () => staff.get(`/v1/customers/${customers[0].id}`));
  const grouped = { groups: ['trade'] };
  await spend('customersChange', () => staff.patch(`/v1/customers/${customers[0].id}`, grouped, ifMatch(customer)));
  await spend('permissionsList', () => staff.get('/v1/permissions'));
  const role = { name: 'spender', description: 'Spends.', permissions: ['orders:read', 'stock:read'] };
  const made = await spend('rolesCreate', () => staff.post('/v1/roles', role));
  await spend('rolesList', () => staff.get('/v1/roles'));
  await spend('rolesRead', () => staff.get('/v1/roles/spender'));
  const changes = { permissions: ['orders:read'] };
  const changed = await spend('rolesChange', () => staff.patch('/v1/roles/spender', changes, ifMatch(made)));
  await spend('rolesDelete', () => staff.delete('/v1/roles/spender', ifMatch(changed)));
  const [{ id }, other] = [await app.shopper(), await app.shopper()];
  await app.runDue();
  const leaving = await staff.get(`/v1/customers/${other.id}`);
  await spend('customersErase', () => staff.delete(`/v1/customers/${leaving.body.id}`, ifMatch(leaving)));
  await spend('auditLogList', () => staff.get('/v1/audit-log'));
  await spend('usersList', () => staff.get('/v1/users'));
  const user = await spend('usersRead', () => staff.get(`/v1/users/${id}`));
  await spend('userSessionsRevokeAll', () => staff.delete(`/v1/users/${id}/sessions`));
  await spend('usersChange', () => staff.patch(`/v1/users/${id}`, { roles: ['support'] }, ifMatch(user)));
}

async function spendOnCatalog(): Promise<void> {
  const staff = app.as(await app.staff());
  const category = await spend('categoriesCreate', () => staff.post('/v1/categories', { name: 'Spending' }));
  const path = `/v1/categories/${category.body.id}`;
  await spend('categoriesRead', () => app.anyone.get(path));
  await spend('categoriesList', () => app.anyone.get('/v1/categories'));
  const renamedPlace = await spend('categoriesChange', () => staff.patch(path, { name: 'Spent' }, ifMatch(category)));
  const inGerman = `${path}/translations/de`;
  const inTwo = await spend('categoryTranslationsPut', () =>
    staff.put(inGerman, { name: 'Weg' }, ifMatch(renamedPlace)),
  );
  await spend('categoryTranslationsList', () => staff.get(`${path}/translations`));
  await spend('categoryTranslationsRemove', () => staff.delete(inGerman, ifMatch(inTwo)));
  const changed = await staff.get(path);
  const prices = [{ amount: 500, currency: 'EUR' }];
  const product = await spend('productsCreate', () =>
    staff.post('/v1/products', {
      name: 'Spoon',
      status: 'active',
      options: [{ name: 'Size', values: ['S', 'L'] }],
      variants: [{ sku: 'SPOON-S', optionValues: { Size: 'S' }, prices, stock: 5 }],
    }),
  );
  await spend('categoriesDelete', () => staff.delete(path, ifMatch(changed)));
  await spendOnFiles();
  await spendOnPriceLists(product.body.variants[0].id);
  const { id } = product.body;
  await spend('productsList', () => app.anyone.get('/v1/products'));
  await spend('productsRead', () => app.anyone.get(`/v1/products/${id}`));
  const renamed = await spend('productsChange', () =>
    staff.patch(`/v1/products/${id}`, { name: 'Big spoon' }, ifMatch(product)),
  );
  await spend('variantsCreate', () =>
    staff.post(
      `/v1/products/${id}/variants`,
      { sku: 'SPOON-L', optionValues: { Size: 'L' }, prices, stock: 5 },
      ifMatch(renamed),
    ),
  );
  const variants = (await staff.get(`/v1/products/${id}`)).body.variants as { id: string; sku: string }[];
  const variant = `/v1/variants/${variants.find(({ sku }) => sku === 'SPOON-L')?.id}`;
  const current = async () => ifMatch(await staff.get(variant));
  await spend('variantsRead', () => staff.get(variant));
  await spend('variantsFind', () => staff.get('/v1/variants?sku=SPOON-L,SPOON-S'));
  const forChange = await current();
  await spend('variantsChange', () => staff.patch(variant, { title: 'Large' }, forChange));
  const forPrices = await current();
  await spend('variantsPutPrices', () => staff.put(`${variant}/prices`, { prices }, forPrices));
  await spend('stockRead', () => staff.get(`${variant}/stock`));
  await spend('stockAdjust', () => staff.post(`${variant}/stock/adjustments`, { delta: 1, reason: 'Found one.' }));
  const stock = await staff.get(`${variant}/stock`);
  const limited = await spend('stockChange', () => staff.patch(`${variant}/stock`, { lowStockAt: 2 }, ifMatch(stock)));
  await spend('stockCount', () =>
    staff.post(`${variant}/stock/counts`, { onHand: 9, reason: 'Counted.' }, ifMatch(limited)),
  );
  await spend('stockMovements', () => staff.get(`${variant}/stock/movements`));
  const forRemoval = await current();
  await spend('variantsRemove', () => staff.delete(variant, forRemoval));
  await spendOnMedia(staff, id);
  const now = async () => ifMatch(await staff.get(`/v1/products/${id}`));
  const options = [{ name: 'Size', values: ['S', 'M'] }];
  const reshaping = await now();
  await spend('productsPutOptions', () =>
    staff.put(`/v1/products/${id}/options`, { options, generate: true, archive: true }, reshaping),
  );
  const german = `/v1/products/${id}/translations/de`;
  const translating = await now();
  await spend('translationsPut', () => staff.put(german, { name: 'Löffel' }, translating));
  await spend('translationsList', () => staff.get(`/v1/products/${id}/translations`));
  const removing = await now();
  await spend('translationsRemove', () => staff.delete(german, removing));
  const { body: whole } = await staff.get(`/v1/products/${id}`);
  await spend('bulkApply', () =>
    staff.post('/v1/products/bulk', { items: [{ id, version: whole.version, change: { tags: ['bulk'] } }] }),
  );
  await spendOnReferences(staff);
  await spendOnSearch(staff);
  const last = await now();
  await spend('productsArchive', () => staff.delete(`/v1/products/${id}`, last));
}

async function spendOnMedia(staff: Client, productId: string): Promise<void> {
  const path = `/v1/products/${productId}/media`;
  await staff.post(path, formOf(await jpeg(60, 60)));
  const picture = formOf(await jpeg(60, 60));
  const medium = await spend('mediaCreate', () => staff.post(path, picture));
  await app.runDue();
  await spend('mediaList', () => staff.get(path));
  const at = `/v1/media/${medium.body.id}`;
  const read = await spend('mediaRead', () => staff.get(at));
  await spend('mediaFilesRead', () => app.anyone.get(read.body.url));
  const moved = await spend('mediaChange', () => staff.patch(at, { position: 0 }, ifMatch(medium)));
  await spend('mediaRemove', () => staff.delete(at, ifMatch(moved)));
}

async function spendOnLocations(): Promise<void> {
  const staff = app.as(await app.staff());
  const path = '/v1/stock/locations';
  const made = await spend('locationsCreate', () => staff.post(path, { code: 'attic', name: 'Attic' }));
  await spend('locationsList', () => staff.get(path));
  await spend('locationsRead', () => staff.get(`${path}/attic`));
  await spendOnGoods(staff);
  const changed = await spend('locationsChange', () => staff.patch(`${path}/attic`, { name: 'Loft' }, ifMatch(made)));
  await spend('locationsDelete', () => staff.delete(`${path}/attic`, ifMatch(changed)));
}

async function spendOnPriceLists(variantId: string): Promise<void> {
  const staff = app.as(await app.staff());
  const fields = { code: 'spending', name: 'Spending' };
  const list = await spend('priceListsCreate', () => staff.post('/v1/price-lists', fields));
  const path = `/v1/price-lists/${list.body.id}`;
  await spend('priceListsList', () => staff.get('/v1/price-lists'));
  await spend('priceListsRead', () => staff.get(path));
  const prices = [{ variantId, amount: 400, currency: 'EUR' }];
  await spend('priceListsPutPrices', () => staff.put(`${path}/prices`, { prices }));
  await spend('priceListsListPrices', () => staff.get(`${path}/prices`));
  await spend('priceListsRemovePrices', () => staff.delete(`${path}/prices/${variantId}`));
  await spend('variantPricesExplain', () => app.anyone.get(`/v1/variants/${variantId}/price`));
  await spend('variantPricesListHistory', () => staff.get(`/v1/variants/${variantId}/prices/history`));
  const changed = await spend('priceListsChange', () => staff.patch(path, { priority: 5 }, ifMatch(list)));
  await spend('priceListsDelete', () => staff.delete(path, ifMatch(changed)));
}

async function spendOnGoods(staff: Client): Promise<void> {
  const { variantId } = await makeArticle(app);
  const reason = 'Spent.';
  await spend('manyStocksAdjust', () =>
    staff.post('/v1/stock/adjustments', { reason, items: [{ variantId, delta: 1 }] }),
  );
  const { version } = (await staff.get(`/v1/variants/${variantId}/stock`)).body;
  await spend('manyStocksCount', () =>
    staff.post('/v1/stock/counts', { reason, items: [{ variantId, onHand: 50, version }] }),
  );
  await staff.post('/v1/stock/locations', { code: 'barn', name: 'Barn' });
  const goods = { from: 'main', to: 'barn', items: [{ variantId, quantity: 1 }] };
  const send = () => spend('transfersSend', () => staff.post('/v1/stock/transfers', goods));
  const [kept, lost] = [await send(), await send()].map(({ headers }) => headers['location']);
  await spend('transfersList', () => staff.get('/v1/stock/transfers'));
  await spend('transfersRead', () => staff.get(kept!));
  await spend('transfersReceive', () => staff.post(`${kept}/receipt`));
  await spend('transfersCancel', () => staff.post(`${lost}/cancellation`));
}

async function spendOnFiles(): Promise<void> {
  const staff = app.as(await app.staff());
  const file = 'sku,name,price,currency\nA B,X,1,EUR\n';
  const csv = { 'content-type': 'text/csv' };
  const { id } = (await spend('importsCreate', () => staff.send('POST', '/v1/imports', file, csv))).body;
  await spend('importsCancel', () => staff.post(`/v1/imports/${id}/cancellation`));
  await spend('importsList', () => staff.get('/v1/imports'));
  await spend('importsRead', () => staff.get(`/v1/imports/${id}`));
  await spend('importsRefusals', () => staff.get(`/v1/imports/${id}/refusals`));
  await spend('importsRefusalFile', () => staff.get(`/v1/imports/${id}/refusals.csv`));
  await spend('exportsRead', () => staff.get('/v1/exports/products'));
}

async function spendOnOrders(): Promise<void> {
  const article = await makeArticle(app);
  const { variantId } = article;
  const shopper = app.as(await app.shopper());
  const staff = app.as(await app.staff());
  const cart = await spend('cartsCreate', () => shopper.post('/v1/carts', { items: [{ variantId, quantity: 1 }] }));
  const path = `/v1/carts/${cart.body.id}`;
  await spend('cartsRead', () => shopper.get(path));
  await spend('cartsChange', () => shopper.patch(path, { email: 'ada@example.com', shippingAddress: ADDRESS }));
  await spend('cartsRemoveItem', () => shopper.delete(`${path}/items/${variantId}`));
  await spend('cartsSetItem', () => shopper.put(`${path}/items/${variantId}`, { quantity: 2 }));
  await spend('cartsShippingMethods', () => shopper.get(`${path}/shipping-methods`));
  await spend('reservationsReserve', () => shopper.put(`${path}/reservation`, {}));
  await spend('reservationsGiveBack', () => shopper.delete(`${path}/reservation`));
  await spend('ownCartRead', () => shopper.get('/v1/me/cart'));
  const guest = await app.anyone.post('/v1/carts', { items: [{ variantId, quantity: 1 }] });
  await spend('ownCartMerge', () => shopper.post('/v1/me/cart/merges', { cartId: guest.body.id }));
  const payment = { provider: 'sandbox', token: 'tok_ok' };
  const order = await spend('checkoutCart', () => shopper.post(`${path}/checkout`, { payment }, key()));
  await spend('checkoutOrder', () => buy(shopper, article));
  await spend('ordersList', () => staff.get('/v1/orders'));
  await spend('ordersListOwn', () => shopper.get('/v1/me/orders'));
  await spend('ordersRead', () => shopper.get(`/v1/orders/${order.body.id}`));
  await spend('cancellationsCreate', () => shopper.post(`/v1/orders/${order.body.id}/cancellation`, {}));
}

async function spendOnPayments(): Promise<void> {
  const article = await makeArticle(app);
  const staff = app.as(await app.staff());
  const { body: order } = await buy(app.anyone, article);
  const [{ id }] = order.payments;
  await spend('paymentsList', () => staff.get('/v1/payments'));
  await spend('paymentsFind', () => staff.get(`/v1/payments/${id}`));
  const refund = await spend('refundsCreate', () => staff.post(`/v1/payments/${id}/refunds`, {}, key()));
  await spend('operationsFind', () => staff.get(refund.headers['location'] ?? ''));
  await spend('ledgerEntries', () => staff.get('/v1/ledger/entries'));
  await spend('ledgerBalances', () => staff.get('/v1/ledger/balances'));
  const { body: acting } = await buy(app.anyone, article, { token: 'tok_requires_action' });
  const action = new URL(acting.nextAction.url).pathname;
  await spend('sandboxActionsFind', () => app.anyone.get(action));
  await spend('sandboxActionsAnswer', () => app.anyone.post(action, { result: 'approve' }));
  const arrived = await webhookFor(app, acting.payments[0].id, { chargeId: action.split('/').at(-1) ?? '' });
  await spend('webhooksSandbox', () => app.anyone.post(WEBHOOKS, arrived.body, arrived.headers));
  expect((await staff.get(`/v1/payments/${acting.payments[0].id}`)).body.status).toBe('captured');
}

async function spendOnOperations(): Promise<void> {
  const staff = app.as(await app.staff());
  const half = { amount: { amount: 50, currency: 'EUR' } };
  const id = await paid(app, { capture: false });
  await spend('capturesCreate', () => staff.post(`/v1/payments/${id}/captures`, half, key()));
  await spend('voidsCreate', () => staff.post(`/v1/payments/${id}/void`, {}, key()));
  await spend('refundsCreate', () => staff.post(`/v1/payments/${id}/refunds`, half, key()));
  // The answer to a refund was lost: the webhook brings it.
  const { Operations } = await import('#src/payments/operations/operations.service.js');
  const refund = { id: newId(), paymentId: await paid(app), kind: 'refund' as const };
  await app.service(Operations).start(refund);
  const { eventId, payload } = operationWebhook(newId(), refund.id, 'refund', null);
  const body = JSON.stringify(payload);
  const headers = await app.service(SandboxSecret).sign(eventId, body);
  await spend('webhooksSandbox', () => app.anyone.post(WEBHOOKS, body, headers));
  expect((await staff.get(`/v1/payments/${refund.paymentId}`)).body.status).toBe('refunded');
}

beforeAll(async () => {
  const document = (await (await fetch(`${app.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  operations = Object.values(document.paths).flatMap((item) =>
    Object.values(item).map(({ operationId }) => operationId),
  );
  await spendOnAuth();
  await spendOnFactors();
  await spendOnProviders();
  await spendOnKeys();
  await spendOnStaff();
  await spendOnCatalog();
  await spendOnLocations();
  await spendOnOrders();
  await spendOnPayments();
  await spendOnOperations();
});

it.each(Object.entries(BUDGET))('%s takes no more than %d SQL statements, and hardly fewer', (operation, budget) => {
  const cost = spent[operation];
  expect(cost, `${operation} was never called here`).toEqual(expect.any(Number));
  expect(cost, `${operation} takes more than its budget`).toBeLessThanOrEqual(budget);
  expect(cost, `lower the budget of ${operation} to what it takes`).toBeGreaterThanOrEqual(budget - 1);
});

it('has a budget for every operation, and none for what is gone', () => {
  expect(operations.filter((operation) => !(operation in BUDGET))).toEqual([]);
  expect(Object.keys(BUDGET).filter((operation) => !operations.includes(operation))).toEqual([]);
});
