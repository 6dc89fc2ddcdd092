/** Limits of every request to AWS, in milliseconds: one that hangs is given up, and repeated, long before its step is. */
export const REQUESTS = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true };
