// How is a secret kept out of everything we write? By value, wherever it stands. Finds no secrets by itself.

export const REDACTED = '***';

/** What a secret looks like on the way out: as it is, in JSON, in a URL, line by line; never shorter than can be told from a word. */
export function formsOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  const plain = [secret.trim(), ...lines.filter((line) => line.length >= 8)];
  const forms = plain.flatMap((form) => [
    form,
    JSON.stringify(form).slice(1, -1),
    encodeURIComponent(form.toWellFormed()),
  ]);
  return [...new Set(forms)].filter((form) => form !== '');
}

/** The text without any of these forms; longer ones first, so that no half of a secret stays. */
export function redact(text: string, forms: Iterable<string>): string {
  return [...forms]
    .toSorted((a, b) => b.length - a.length)
    .reduce((clean, form) => clean.replaceAll(form, REDACTED), text);
}
