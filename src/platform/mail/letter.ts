import { html } from './html.js';

/** What a mail says; its HTML and its text are made of the same words. */
export interface Letter {
  subject: string;
  /** Each a plain sentence or more. */
  paragraphs: string[];
  /** What to do, after the first paragraph: a link to follow, or a code to enter where no page is known. */
  action?: { label: string; url: string } | { label: string; code: string } | undefined;
}

/** The bodies of a mail. Values are escaped: a name or an address cannot become markup. */
export function bodiesOf({ subject, paragraphs, action }: Letter): { subject: string; text: string; html: string } {
  const [first = '', ...rest] = paragraphs;
  const target = action && ('url' in action ? action.url : action.code);
  const text = [first, ...(action ? [`${action.label}:\n${target}`] : []), ...rest].join('\n\n');
  return { subject, text: `${text}\n`, html: page(subject, first, rest, action) };
}

function page(subject: string, first: string, rest: string[], action: Letter['action']): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${subject}</title></head>
<body style="margin:0;padding:24px;font:16px/1.5 sans-serif;color:#1c2733;background:#ffffff">
<div style="max-width:520px;margin:0 auto">
<p>${first}</p>
${action ? button(action) : ''}
${rest.map((paragraph) => html`<p>${paragraph}</p>\n`)}
</div></body></html>
`.text;
}

function button(action: NonNullable<Letter['action']>) {
  if ('code' in action) {
    return html`<p>${action.label}:</p><p><code style="font-size:16px;word-break:break-all">${action.code}</code></p>`;
  }
  return html`<p><a href="${action.url}" style="display:inline-block;padding:12px 20px;border-radius:4px;color:#ffffff;background:#14324a;text-decoration:none">${action.label}</a></p>
<p style="font-size:13px;word-break:break-all">${action.url}</p>`;
}
