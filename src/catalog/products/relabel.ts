import type { Attributes, ProductFields, Translation } from './product.entity.js';
import type { ProductOption } from './product-options.js';
import type { ReshapedOption } from './reshape.js';

type Labelled = Pick<ProductFields, 'translations' | 'options' | 'attributes'>;
type Labels = NonNullable<Translation['options']>;
type Label = Labels[string];

/** Translations of a product after these changes of it: labels name what there is, as it is now. */
export function translationsAfter(
  { translations, ...before }: Labelled,
  { options, attributes }: Partial<Omit<Labelled, 'translations'>>,
): Labelled['translations'] {
  const moved = options ? relabelled(translations, before.options, options) : translations;
  return attributes ? withoutOutdated(moved, before.attributes, attributes) : moved;
}

/**
 * Translations of a product whose options become others: labels go along with what is renamed, and afterwards name only what
 * there is. Where there is one already for a new name, it stays.
 */
export function relabelled(
  translations: Record<string, Translation>,
  before: ProductOption[],
  options: ReshapedOption[],
): Record<string, Translation> {
  const relabelledOne = (translation: Translation): Translation => {
    const { options: labels = {}, ...rest } = translation;
    if (Object.keys(labels).length === 0) return translation;
    const moved = labelsOf(labels, before, options);
    return Object.keys(moved).length === 0 ? rest : { ...rest, options: moved };
  };
  return Object.fromEntries(Object.entries(translations).map(([locale, one]) => [locale, relabelledOne(one)]));
}

/** What an attribute was called says nothing of another value. */
function withoutOutdated(
  translations: Labelled['translations'],
  before: Attributes,
  after: Attributes,
): Labelled['translations'] {
  const outdated = new Set(Object.keys(before).filter((code) => before[code] !== after[code]));
  const current = ({ attributes: labels = {}, ...rest }: Translation): Translation => {
    const kept = Object.entries(labels).filter(([code]) => !outdated.has(code));
    return kept.length === 0 ? rest : { ...rest, attributes: Object.fromEntries(kept) };
  };
  return Object.fromEntries(Object.entries(translations).map(([locale, one]) => [locale, current(one)]));
}

function labelsOf(labels: Labels, before: ProductOption[], options: ReshapedOption[]): Labels {
  const all = new Map(Object.entries(labels));
  const known = new Map(before.map((option) => [option.name, option]));
  return Object.fromEntries(
    options.flatMap((option) => {
      const { name, was = name } = option;
      const old = known.get(was);
      const ahead = known.has(name) ? undefined : all.get(name);
      const label = labelOf(option, { old, had: old && all.get(was), ahead });
      return Object.keys(label).length > 0 ? [[name, label]] : [];
    }),
  );
}

interface Had {
  /** The option as it was, and what it and its values were called. */
  old: ProductOption | undefined;
  had: Label | undefined;
  /** What was written for its new name before it had it. */
  ahead: Label | undefined;
}

function labelOf({ values, renamed = {} }: ReshapedOption, { old, had, ahead }: Had): Label {
  const own = new Map(Object.entries(had?.values ?? {}));
  const gone = (old?.values ?? []).filter((value) => Object.hasOwn(renamed, value));
  // The first of two that become one says what that is called, as its variant is the one that stays.
  const followed = gone.toReversed().map((value) => [renamed[value], own.get(value)] as const);
  const stayed = [...own].filter(([value]) => !gone.includes(value));
  const called = new Map([
    ...followed.filter(([, label]) => label !== undefined),
    ...stayed,
    ...Object.entries(ahead?.values ?? {}),
  ]);
  const labels = values.flatMap((value) => (called.has(value) ? [[value, called.get(value)]] : []));
  const name = ahead?.name ?? had?.name;
  return {
    ...(name === undefined ? {} : { name }),
    ...(labels.length > 0 && { values: Object.fromEntries(labels) }),
  };
}
