import rules from '../fixtures/notifications/rules.json' with { type: 'json' };

/** As much of JSON Schema as the rules need. `values` is the schema of every value of an object with any keys. */
interface Schema {
  readonly type: string;
  readonly enum?: readonly unknown[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema | undefined>>;
  readonly values?: Schema;
  readonly items?: Schema;
}

const typeOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value);

function faultsOfObject(value: object, { required = [], properties, values }: Schema, path: string): string[] {
  return [
    ...required.filter((key) => !(key in value)).map((key) => `${path}.${key} is missing`),
    ...Object.entries(value).flatMap(([key, child]) => {
      const schema = properties ? properties[key] : values;
      return schema ? faultsOf(child, schema, `${path}.${key}`) : [`${path}.${key} is not documented`];
    }),
  ];
}

function faultsOf(value: unknown, schema: Schema, path: string): string[] {
  if (typeOf(value) !== schema.type) return [`${path} is no ${schema.type}`];
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, items } = schema;
  const faults = schema.enum && !schema.enum.includes(value) ? [`${path} is none of ${schema.enum.join(', ')}`] : [];
  if (typeof value === 'string' && (value.length < minLength || value.length > maxLength)) faults.push(`${path} is ${value.length} long`);
  if (Array.isArray(value) && items) faults.push(...value.flatMap((item, index) => faultsOf(item, items, `${path}[${index}]`)));
  else if (typeof value === 'object' && value !== null) faults.push(...faultsOfObject(value, schema, path));
  return faults;
}

/** What of a document is not as AWS documents custom notifications. It knows nothing of the product's schema. */
export const undocumentedIn = (document: unknown): string[] => faultsOf(document, rules.schema, '$');
