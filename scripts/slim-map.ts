// Makes dist/index.js.map small and useful: composes it with the compiler's own maps, so that a stack names
// src/x.ts:line, and drops every source that is not ours and all sources' text,
// which lies beside dist/ anyway. Usage: node scripts/slim-map.ts dist
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GenMapping, maybeAddMapping, toEncodedMap } from '@jridgewell/gen-mapping';
import { eachMapping, LEAST_UPPER_BOUND, originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';

const dist = process.argv[2] ?? 'dist';
const mapFile = path.join(dist, 'index.js.map');
const slim = new GenMapping({ file: 'index.js' });
const sources = new Set<string>();
const compiled = new Map<string, TraceMap | undefined>();

/** The compiler's map of a file in build/; undefined where it has none. */
function mapOf(file: string): TraceMap | undefined {
  if (!compiled.has(file)) {
    compiled.set(file, existsSync(`${file}.map`) ? new TraceMap(readFileSync(`${file}.map`, 'utf8')) : undefined);
  }
  return compiled.get(file);
}

/** Where a place in build/ comes from in src/, relative to dist/. */
function sourceOf(
  file: string,
  line: number,
  column: number,
): { source: string; line: number; column: number } | undefined {
  const map = mapOf(file);
  if (map === undefined) return undefined;
  const before = originalPositionFor(map, { line, column });
  const found = before.source === null ? originalPositionFor(map, { line, column, bias: LEAST_UPPER_BOUND }) : before;
  if (found.source === null) return undefined;
  const absolute = path.resolve(path.dirname(file), found.source);
  const source = path.relative(dist, absolute).split(path.sep).join('/');
  sources.add(source);
  return { source, line: found.line, column: found.column };
}

const isOurs = (source: string | null): source is string =>
  source !== null && !source.includes('node_modules') && /(?:^|\/)build\/[^?]*\.js$/u.test(source);

let insideOurs = false;
eachMapping(new TraceMap(readFileSync(mapFile, 'utf8')), (mapping) => {
  const generated = { line: mapping.generatedLine, column: mapping.generatedColumn };
  if (!isOurs(mapping.source) || mapping.originalLine === null) {
    // Ends the stretch of ours before it; without this a library's frame would carry our last line.
    if (insideOurs) maybeAddMapping(slim, { generated });
    insideOurs = false;
    return;
  }
  const file = path.resolve(dist, mapping.source.replace(/^\.\.\/\.\//u, '../'));
  const original = sourceOf(file, mapping.originalLine, mapping.originalColumn);
  if (original === undefined) return;
  const { source, line, column } = original;
  const place = { generated, source, original: { line, column } };
  if (mapping.name === null) maybeAddMapping(slim, place);
  else maybeAddMapping(slim, { ...place, name: mapping.name });
  insideOurs = true;
});

if (sources.size === 0) throw new Error(`${mapFile} maps nothing of ours: was build/ compiled with source maps?`);
writeFileSync(mapFile, JSON.stringify(toEncodedMap(slim)));
