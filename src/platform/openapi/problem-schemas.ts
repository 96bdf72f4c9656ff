import { allProblems, type RegisteredProblem } from '../errors/refusal.js';
import { statusOf } from '../http/problem-body.js';
import type { Schema } from './schemas.js';

const FIELD_ERROR: Schema = {
  type: 'object',
  description: 'One thing that is wrong with one field.',
  required: ['pointer', 'code', 'message'],
  properties: {
    pointer: {
      type: 'string',
      description: 'JSON pointer into the body, or `?name` of a query parameter.',
      examples: ['/items/0/quantity'],
    },
    code: { type: 'string', description: 'Which rule it breaks.', examples: ['max'] },
    message: { type: 'string', description: 'What it must be.', examples: ['must not be greater than 999.'] },
  },
};

export function problemSchemaName(code: string): string {
  return `${code.split('_').map(capitalise).join('')}Problem`;
}

/** A closed schema for each problem, so that clients can switch on `code`. */
export function problemSchemas(): Record<string, Schema> {
  const problems = allProblems().map((problem): [string, Schema] => [
    problemSchemaName(problem.code),
    schemaOf(problem),
  ]);
  return { FieldError: FIELD_ERROR, ...Object.fromEntries(problems) };
}

function schemaOf({ code, title, kind, cause, remedy, listsErrors = false, extra = {} }: RegisteredProblem): Schema {
  return {
    type: 'object',
    description: `${cause} ${remedy}`,
    required: [
      'type',
      'title',
      'status',
      'code',
      'detail',
      'instance',
      'requestId',
      ...Object.keys(extra),
      ...(listsErrors ? ['errors'] : []),
    ],
    properties: {
      type: {
        type: 'string',
        format: 'uri',
        description: 'The page about this problem.',
        examples: [`https://galley.dev/problems/${code}`],
      },
      title: { type: 'string', description: 'The problem in a few words.', examples: [title] },
      status: { type: 'integer', const: statusOf(kind), description: 'The HTTP status.' },
      code: { type: 'string', const: code, description: 'Stable: switch on this.' },
      detail: { type: 'string', description: 'What is wrong this time.', examples: [cause] },
      instance: { type: 'string', description: 'The path that was called.', examples: ['/v1/orders'] },
      requestId: {
        type: 'string',
        description: 'For questions to whoever runs this Galley.',
        examples: ['01981f3c-6f0f-7cc0-a2c5-3b3e6a2f4d10'],
      },
      ...(listsErrors
        ? {
            errors: {
              type: 'array',
              items: { $ref: '#/components/schemas/FieldError' },
              description: 'Field by field.',
            },
          }
        : {}),
      ...(extra as Record<string, Schema>),
    },
  };
}

const capitalise = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
