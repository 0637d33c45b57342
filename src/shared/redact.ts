// How is a secret kept out of everything we write? By value, wherever it stands. Finds no secrets by itself.

export const REDACTED = '***';
/** Shorter values cannot be told from words and numbers: taking them out would mutilate every text. */
const SHORTEST = 4;
const SHORTEST_LINE = 8;

/** What a secret looks like on the way out: as it is, in JSON, in a URL, line by line; none for one too short. */
export function formsOf(secret: string): readonly string[] {
  const trimmed = secret.trim();
  if (trimmed.length < SHORTEST) return [];
  const lines = trimmed.split(/\r?\n/).map((line) => line.trim());
  const plain = [trimmed, ...lines.filter((line) => line.length >= SHORTEST_LINE)];
  const forms = plain.flatMap((form) => [
    form,
    JSON.stringify(form).slice(1, -1),
    encodeURIComponent(form.toWellFormed()),
  ]);
  return [...new Set(forms)];
}

/** JSON Web Tokens can be told from everything else, whoever quotes them. */
const withoutJwts = (text: string): string => text.replaceAll(/\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*/gu, REDACTED);

/** The same, and without whatever stands behind `Bearer`: for the words of a program that handles tokens. */
export const withoutTokens = (text: string): string =>
  withoutJwts(text).replaceAll(/\b(bearer\s+)[^\s"']{8,}/giu, `$1${REDACTED}`);

export interface SecretKeeper {
  /** The forms that are kept from now on because of it. */
  add(secret: string): readonly string[];
  /** The text with every kept secret replaced, and every JSON Web Token, known or not. */
  readonly clean: (text: string) => string;
  /** Whether the text holds a kept secret. */
  readonly finds: (text: string) => boolean;
}

/** Remembers secrets; longer forms go first, so that no half of one stays. */
export function secretKeeper(): SecretKeeper {
  let forms: readonly string[] = [];
  return {
    add: (secret) => {
      const added = formsOf(secret);
      forms = [...new Set([...forms, ...added])].toSorted((a, b) => b.length - a.length);
      return added;
    },
    clean: (text) => withoutJwts(forms.reduce((clean, form) => clean.replaceAll(form, REDACTED), text)),
    finds: (text) => forms.some((form) => text.includes(form)),
  };
}

/** The same data with `clean` applied to every string in it, keys too. */
export function cleaned<T>(data: T, clean: (text: string) => string): T {
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return clean(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [clean(key), walk(inner)]));
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- strings stay strings, so the shape stays
  return walk(data) as T;
}
