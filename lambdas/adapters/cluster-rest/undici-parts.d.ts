// The package has no declarations for its parts, only for the whole, which is half as large again once bundled.

declare module 'undici/lib/dispatcher/agent.js' {
  const Agent: typeof import('undici').Agent;
  export default Agent;
}

declare module 'undici/lib/api/api-request.js' {
  import type { Dispatcher } from 'undici';

  const request: (this: Dispatcher, options: Dispatcher.RequestOptions & { origin: string }) => Promise<Dispatcher.ResponseData>;
  export default request;
}
