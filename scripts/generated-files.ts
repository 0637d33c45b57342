// Which files follow from tables in the code, and how is each made? `textFrom` gets the file as it is.
import { actionYaml, between, readmeWithTables } from './interface-text.ts';
import { COMMANDS } from '../src/config/config.ts';
import { requestsTable, timesTable } from './gate-table.ts';
import { readmeWithNeeds, roleYaml } from './rbac-text.ts';

export const generatedFiles: readonly (readonly [name: string, textFrom: (present: string) => string])[] = [
  ['action.yml', () => actionYaml()],
  ['README.md', readmeWithTables],
  ['docs/gate.md', gateDocs],
  ['docs/rbac/README.md', readmeWithNeeds],
  ...COMMANDS.map((command) => [`docs/rbac/${command}.yaml`, () => roleYaml(command)] as const),
];

function gateDocs(present: string): string {
  return between(between(present, 'times', timesTable()), 'requests', requestsTable());
}
