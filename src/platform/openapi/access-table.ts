import type { Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { Access } from '../http/access.js';
import { describedPermissions } from '../http/described-permissions.js';
import { preview } from './describe-module.js';
import { buildDocument } from './document.js';
import { operationFacts } from './operations.js';

interface Who {
  guest: string;
  shopper: string;
  staff: string;
  key: string;
}

const INTRODUCTION = `# Who may call what

Made from the code by \`npm run permissions\`; \`test/contract/access.test.ts\` calls every operation as every kind of caller
and compares.

\`yes\`: is let in. \`own\`: only to what belongs to them; everything else is a 404, as if it were not there. \`with it\`: with
the permission, else a 403 that names it. \`401\`, \`403\`: never. Staff are people with roles; an API key has permissions of
its own and owns nothing. Administrators (\`*\`) have every permission.
`;

/** docs/permissions.md: every operation with the permission it needs and who is let in, and what each permission is for. */
export async function accessTable(module: Type): Promise<string> {
  const app = await preview(module);
  const facts = operationFacts(app);
  const rows = Object.entries(buildDocument(app, 'https://galley.dev').paths).flatMap(([path, item]) =>
    (Object.entries(item) as [string, { operationId: string }][]).map(([method, { operationId }]) => {
      const access = facts.get(operationId)?.access;
      const { guest, shopper, staff, key } = whoMay(access);
      const permission = access?.kind === 'permission' ? `\`${access.permission}\`` : '';
      return `| \`${method.toUpperCase()} ${path}\` | ${permission} | ${guest} | ${shopper} | ${staff} | ${key} |\n`;
    }),
  );
  const purposes = [...describedPermissions(app.get(ModulesContainer))].map(
    ([name, description]) => `| \`${name}\` | ${description} |\n`,
  );
  return [
    `${INTRODUCTION}\n| operation | permission | guest | shopper | staff | API key |\n|---|---|---|---|---|---|\n`,
    ...rows,
    '\n## What each permission is for\n\n| permission | lets its holder |\n|---|---|\n',
    ...purposes.sort(),
  ].join('');
}

function whoMay(access: Access | undefined): Who {
  if (access?.kind === 'signed_in') return { guest: '401', shopper: 'yes', staff: 'yes', key: '403' };
  if (access?.kind !== 'permission') return { guest: 'yes', shopper: 'yes', staff: 'yes', key: 'yes' };
  return access.orOwner
    ? { guest: '401', shopper: 'own', staff: 'with it, or own', key: 'with it' }
    : { guest: '401', shopper: '403', staff: 'with it', key: 'with it' };
}
