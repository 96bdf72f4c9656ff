const ENTITY: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** HTML that needs no escaping any more. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = string | number | Html | Html[];

/** HTML with values put in: each is escaped, except what was made by this. */
export function html(strings: TemplateStringsArray, ...values: Part[]): Html {
  return new Html(strings.reduce((before, after, index) => before + write(values[index - 1] ?? '') + after));
}

function write(value: Part): string {
  if (Array.isArray(value)) return value.map(write).join('');
  return value instanceof Html ? value.text : String(value).replace(/[&<>"']/g, (char) => ENTITY[char] ?? char);
}
