/** All is well. */
export class HealthResponse {
  /** Always `ok`; anything else is a problem answer. @example "ok" */
  status: 'ok';
}
