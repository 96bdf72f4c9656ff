import type { RegisteredProblem } from '../errors/refusal.js';
import { statusOf } from '../http/problem-body.js';

const CSS = `
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: #1c2733; background: #fff; }
nav { padding: 0.75rem 1.25rem; background: #14324a; color: #fff; display: flex; gap: 1.25rem; }
nav a { color: #cfe6f7; }
main { max-width: 46rem; margin: 2rem auto; padding: 0 1.25rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 0.35rem 0.75rem 0.35rem 0; border-bottom: 1px solid #e2e8ee; vertical-align: top; }
code { background: #eef3f7; padding: 0.1em 0.3em; border-radius: 3px; }
`;

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${CSS}</style></head><body>${body}</body></html>`;
}

export function problemsPage(problems: RegisteredProblem[]): string {
  const rows = problems.map(
    ({ code, title, kind }) =>
      `<tr><td>${statusOf(kind)}</td><td><a href="/docs/problems/${code}"><code>${code}</code></a></td><td>${escapeHtml(title)}</td></tr>`,
  );
  return page(
    'Problems',
    `<nav><a href="/docs">Galley API</a></nav><main><h1>Problems</h1><p>Every answer that is not a success is
<code>application/problem+json</code> (RFC 9457) with one of these codes.</p>
<table><thead><tr><th>Status</th><th>Code</th><th>Meaning</th></tr></thead><tbody>${rows.join('')}</tbody></table></main>`,
  );
}

export function problemPage({ code, title, kind, cause, remedy }: RegisteredProblem): string {
  return page(
    title,
    `<nav><a href="/docs">Galley API</a> <a href="/docs/problems">problems</a></nav><main><h1>${escapeHtml(title)}</h1>
<p><code>${code}</code>, HTTP status ${statusOf(kind)}</p><h2>Cause</h2><p>${escapeHtml(cause)}</p>
<h2>Remedy</h2><p>${escapeHtml(remedy)}</p></main>`,
  );
}

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`).replace(/`([^`]+)`/g, '<code>$1</code>');
