/** `resource:action`, or everything. */
export const PERMISSION = /^(\*|[a-z][a-z-]{0,40}:[a-z][a-z-]{0,40})$/;
