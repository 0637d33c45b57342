// Which labels does a selector choose? The API server's grammar: `a`, `!a`, `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`.

type Labels = Readonly<Record<string, string>>;
type Test = (labels: Labels) => boolean;

/** Throws on what it cannot read, as the API server answers 400. */
export function labelSelector(text: string): Test {
  const parts = text.split(/,(?![^(]*\))/u).filter((part) => part.trim() !== '');
  const tests = parts.map((part) => requirement(part.trim()));
  return (labels) => tests.every((test) => test(labels));
}

function requirement(text: string): Test {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/u.exec(text);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    const within: Test = (labels) => values.includes(labels[key] ?? '') && labels[key] !== undefined;
    return operator === 'in' ? within : (labels) => !within(labels);
  }
  const equality = /^([^\s!=]+)\s*(==|=|!=)\s*(\S*)$/u.exec(text);
  if (equality !== null) {
    const [, key = '', operator, value = ''] = equality;
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const [, absent, key] = /^(!?)\s*([^\s!=(),]+)$/u.exec(text) ?? [];
  if (key === undefined) throw new Error(`unable to parse requirement: ${text}`);
  return absent === '!' ? (labels) => labels[key] === undefined : (labels) => labels[key] !== undefined;
}
