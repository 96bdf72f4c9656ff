/** What openid-client says of an answer that is whole but not good: forged, expired, for somebody else, replayed. */
const NOT_GOOD = new Set([
  'OAUTH_AUTHORIZATION_RESPONSE_ERROR',
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_KEY_SELECTION_FAILED',
  'OAUTH_UNSUPPORTED_OPERATION',
]);

/** What the provider says of a code that is not good (RFC 6749 §5.2); anything else is between the provider and the operator. */
const BAD_CODE = new Set(['invalid_grant', 'invalid_request']);

/** Whether it is the answer that is not good. Otherwise the provider cannot be reached, or does not do its part. */
export function isRefusal(thrown: unknown): boolean {
  const { code, error } = (thrown ?? {}) as { code?: unknown; error?: unknown };
  return NOT_GOOD.has(String(code)) || (code === 'OAUTH_RESPONSE_BODY_ERROR' && BAD_CODE.has(String(error)));
}
