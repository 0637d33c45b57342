// Does data from outside have the shape that a type promises? Small checks that are put together; the first problem is told
// with its path. Unknown fields are let through: a newer writer may have added them.

/** What is wrong with `value`, as a sentence that begins with `path`; undefined when nothing is. */
export type Check = (value: unknown, path: string) => string | undefined;

type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];
/** A check for each field that must be there; for the others, where it matters. */
export type Fields<T> = { readonly [K in Exclude<keyof T, OptionalKeys<T>>]: Check } & {
  readonly [K in OptionalKeys<T>]?: Check;
};

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const primitive =
  (type: 'string' | 'number' | 'boolean', article: string): Check =>
  (value, path) =>
    typeof value === type ? undefined : `${path} is not ${article}`;
export const text = primitive('string', 'a text');
export const number = primitive('number', 'a number');
export const flag = primitive('boolean', 'true or false');

export const anyObject: Check = (value, path) => (isObject(value) ? undefined : `${path} is not an object`);

export const oneOf =
  (...known: readonly string[]): Check =>
  (value, path) =>
    typeof value === 'string' && known.includes(value) ? undefined : `${path} is none of ${known.join(', ')}`;

export const orNull =
  (check: Check): Check =>
  (value, path) =>
    value === null ? undefined : check(value, path);

export const listOf =
  (check: Check): Check =>
  (value, path) =>
    Array.isArray(value)
      ? firstProblem(
          value.map((item: unknown, index) => [item, `${path}[${String(index)}]`]),
          check,
        )
      : `${path} is not a list`;

export const mapOf =
  (check: Check): Check =>
  (value, path) =>
    isObject(value)
      ? firstProblem(
          Object.entries(value).map(([key, item]) => [item, `${path}.${key}`]),
          check,
        )
      : `${path} is not an object`;

/** An object of type `T`: a new required field of the type makes this fail to compile until it is checked. */
export const shape =
  <T extends object>(fields: Fields<T>): Check =>
  (value, path) => {
    if (!isObject(value)) return `${path} is not an object`;
    for (const [name, check] of Object.entries<Check | undefined>(fields)) {
      const field: unknown = Reflect.get(value, name);
      const problem = check?.(field, path === '' ? name : `${path}.${name}`);
      if (problem !== undefined) return field === undefined ? `${problem}: it is missing` : problem;
    }
    return undefined;
  };

/** May be absent. */
export const optional =
  (check: Check): Check =>
  (value, path) =>
    value === undefined ? undefined : check(value, path);

/** A union told apart by `kind`. */
export const byKind =
  (variants: Readonly<Record<string, Check>>): Check =>
  (value, path) => {
    const kind: unknown = isObject(value) ? Reflect.get(value, 'kind') : undefined;
    const check = typeof kind === 'string' && Object.hasOwn(variants, kind) ? variants[kind] : undefined;
    return check === undefined ? `${path} is of no known kind` : check(value, path);
  };

function firstProblem(items: readonly (readonly [unknown, string])[], check: Check): string | undefined {
  for (const [item, path] of items) {
    const problem = check(item, path);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
