/** A request as it arrived, credentials taken off. */
export interface RestRequest {
  method: string;
  /** Path and query as sent. */
  target: string;
  body: string;
  contentType: string;
  /** Node it arrived at. */
  node: number;
}

/** What the API says. No body where the API has none for the case. */
export interface RestReply {
  status: number;
  body?: unknown;
}

export const found = (body: unknown): RestReply => ({ status: 200, body });

/** An error as most pages of the API describe it: a code and a text. */
export const problem = (status: number, code: string, description: string): RestReply => ({
  status,
  body: { error_code: code, description },
});

export const noSuchDatabase = (): RestReply => problem(404, 'db_not_exist', 'Database does not exist');

/** A path that this version does not have, answered by the web server in front rather than by the API. */
export const noSuchPath = (): RestReply => ({ status: 404 });
