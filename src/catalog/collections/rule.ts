import { type FieldError, isUuid } from '../../platform/index.js';

export const RULE_SUBJECTS = ['price', 'sale', 'tag', 'brand', 'category', 'type', 'attribute', 'age'] as const;
export type RuleSubject = (typeof RULE_SUBJECTS)[number];

/** Something that is asked of a product. Which members it has follows from `by`. */
export interface RuleCondition {
  by: RuleSubject;
  /** Of the price that cards show. */
  currency?: string;
  /** Of an attribute. */
  code?: string;
  /** Alternatives: ids of brands, categories and types; tags and what attributes say as text. */
  values?: string[];
  min?: number;
  max?: number;
  /** Since the product was made. */
  days?: number;
}

/** Which products are in a collection. */
export interface Rule {
  match: 'all' | 'any';
  conditions: RuleCondition[];
}

type Member = Exclude<keyof RuleCondition, 'by'>;

/** Members that a condition must have, and those that it may have. */
const MEMBERS: Record<RuleSubject, { must: Member[]; may?: Member[] }> = {
  price: { must: ['currency'], may: ['min', 'max'] },
  sale: { must: ['currency'] },
  tag: { must: ['values'] },
  brand: { must: ['values'] },
  category: { must: ['values'] },
  type: { must: ['values'] },
  attribute: { must: ['code'], may: ['values', 'min', 'max'] },
  age: { must: ['days'] },
};
const ALL: Member[] = ['currency', 'code', 'values', 'min', 'max', 'days'];

/** What is named by id, and has to be there. */
export const BY_ID = ['brand', 'category', 'type'] as const;
export type ById = (typeof BY_ID)[number];
export const isById = (by: RuleSubject): by is ById => (BY_ID as readonly RuleSubject[]).includes(by);

export const pointerTo = (condition: number, member: string): string => `/rule/conditions/${condition}/${member}`;

/** What is wrong with the rule, beyond the types of its members. */
export const ruleErrors = ({ conditions }: Rule): FieldError[] =>
  conditions.flatMap((condition, index) =>
    conditionErrors(condition).map(({ member, ...error }) => ({ pointer: pointerTo(index, member), ...error })),
  );

interface MemberError {
  member: string;
  code: string;
  message: string;
}

const required = (member: Member, why: string): MemberError => ({ member, code: 'required', message: `${why}.` });

function conditionErrors(condition: RuleCondition): MemberError[] {
  const { by } = condition;
  const { must, may = [] } = MEMBERS[by];
  const missing = must.filter((member) => condition[member] === undefined);
  const stray = ALL.filter((member) => condition[member] !== undefined && ![...must, ...may].includes(member));
  const errors = [
    ...missing.map((member) => required(member, `is required by "${by}"`)),
    ...stray.map((member) => ({ member, code: 'not_taken', message: `is nothing that "${by}" takes.` })),
  ];
  return errors.length > 0 ? errors : [...boundErrors(condition), ...idErrors(condition)];
}

function boundErrors({ by, min, max, values }: RuleCondition): MemberError[] {
  if (by !== 'price' && by !== 'attribute') return [];
  const bounded = min !== undefined || max !== undefined;
  if (by === 'attribute' && bounded === (values !== undefined)) {
    return [required('values', 'either that or bounds ("min", "max") are required')];
  }
  if (by === 'price' && !bounded) return [required('min', 'that or "max" is required')];
  const fractions = (['min', 'max'] as const).filter(
    (member) => by === 'price' && !isAmount({ min, max }[member] ?? 0),
  );
  if (fractions.length > 0) {
    return fractions.map((member) => ({ member, code: 'is_int', message: 'must be a whole number of minor units.' }));
  }
  return min !== undefined && max !== undefined && min > max
    ? [{ member: 'max', code: 'too_low', message: 'must not be less than "min".' }]
    : [];
}

const isAmount = (value: number): boolean => Number.isInteger(value) && value >= 0;

function idErrors({ by, values = [] }: RuleCondition): MemberError[] {
  if (!isById(by)) return [];
  return values.flatMap((id, index) =>
    isUuid(id) ? [] : [{ member: `values/${index}`, code: 'is_uuid', message: `must be the id of a ${by}.` }],
  );
}
