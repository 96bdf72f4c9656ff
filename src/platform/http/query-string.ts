import { parse } from 'node:querystring';

/** Names that poison objects are no names: what has them is refused as unknown. */
const BRACKETS = /^(\w{1,100})\[(?!(?:__proto__|constructor)\])([^\][]{1,100})\]$/;
/** Nobody needs more; the rest would only cost time. */
const MAX_KEYS = 100;

/** Query parameters; one level of brackets makes an object: `option[Color]=Red` is `{ option: { Color: 'Red' } }`. */
export function parseQuery(text: string): Record<string, unknown> {
  const found: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of Object.entries(parse(text, '&', '=', { maxKeys: MAX_KEYS }))) {
    const [, name, inner] = BRACKETS.exec(key) ?? [];
    if (name === undefined || inner === undefined) found[key] = value;
    else found[name] = { ...(typeof found[name] === 'object' ? found[name] : {}), [inner]: value };
  }
  return found;
}
