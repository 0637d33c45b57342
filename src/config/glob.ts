// Does a name match a pattern with `*` and `?`? Nothing else is special: Kubernetes' names need no more.

/** Whether the whole `name` matches `pattern`: `*` stands for any run of characters, `?` for exactly one. Linear time. */
export function matchesGlob(pattern: string, name: string): boolean {
  let at = 0;
  let next = 0;
  // Where to take up again when the last `*` has to swallow one character more.
  let star = -1;
  let swallowed = 0;
  while (at < name.length) {
    if (pattern[next] === '*') {
      star = next;
      swallowed = at;
      next += 1;
    } else if (pattern[next] === '?' || pattern[next] === name[at]) {
      at += 1;
      next += 1;
    } else if (star >= 0) {
      swallowed += 1;
      at = swallowed;
      next = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[next] === '*') next += 1;
  return next === pattern.length;
}
