import { randomBytes } from 'node:crypto';
import { validateSync } from 'class-validator';
import { RegisterRequest } from '../sessions/sessions.dto.js';

const SUBJECTS: Record<string, string> = { password: 'The password', name: 'The name' };

/** What an operator typed for an account must be what the API takes, or nobody could sign in with it. */
export function objectionTo(typed: { email: string; password?: string; name?: string }): string | undefined {
  const [wrong] = validateSync(Object.assign(new RegisterRequest(), typed), { skipMissingProperties: true });
  if (!wrong) return undefined;
  if (wrong.property === 'email') return `"${typed.email}" is not an e-mail address.`;
  return `${SUBJECTS[wrong.property]} ${Object.values(wrong.constraints ?? {})[0]}`;
}

export const madePassword = (): string => randomBytes(12).toString('base64url');
