export interface SignIn {
  email: string;
  password: string;
}

export interface Facts {
  baseUrl: string;
  /** Where the data is. */
  place: string;
  serves: boolean;
  /** The first administrator, when this start made it. */
  signIn: SignIn | undefined;
}

/** What the operator sees once Galley is ready. */
export function screen({ baseUrl, place, serves, signIn }: Facts): string {
  const rows: [string, string][] = serves
    ? [
        ['API', `${baseUrl}/v1`],
        ['Docs', `${baseUrl}/docs`],
      ]
    : [['Role', 'worker: runs jobs, serves health and metrics only']];
  rows.push(['Health', `${baseUrl}/health/ready`], ['Data', place]);
  const lines = ['Galley is ready.', '', ...table(rows)];
  if (signIn) lines.push('', 'First administrator, shown only this once:', '', ...table(signInRows(signIn)));
  return `\n${lines.map((line) => (line ? `  ${line}` : '')).join('\n')}\n\n`;
}

/** A password that the operator has chosen is known already, and has no business in a terminal or a log. */
function signInRows({ email, password }: SignIn): [string, string][] {
  const chosen = process.env['GALLEY_ADMIN_PASSWORD'] === password;
  return [
    ['E-mail', email],
    ['Password', chosen ? 'the one in GALLEY_ADMIN_PASSWORD' : password],
  ];
}

const table = (rows: [string, string][]): string[] => rows.map(([name, value]) => `${name.padEnd(8)}  ${value}`);
