import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One line of a table: each cell as wide as its column. */
const line = (widths: readonly number[], cells: readonly (string | number)[]): string =>
  cells
    .map((cell, at) => String(cell).padEnd(widths[at] ?? 0))
    .join(' ')
    .trimEnd();

const NODE = [7, 6, 10, 8, 6, 9];
const nodeRow = (id: number): string =>
  line(NODE, [
    `${id === 1 ? '*' : ''}node:${id}`,
    id === 1 ? 'master' : 'slave',
    `10.20.0.1${id}`,
    `rs-a-${id}`,
    '40/100',
    '7.22.2-79',
    'OK',
  ]);

const DATABASE = [6, 7, 5, 6, 6, 34, 10];
const databaseRow = (id: number): string =>
  line(DATABASE, [`db:${id}`, `db-${id}`, 'redis', 'active', 2, `redis-${13_000 + id}.rs-a.example.net:${13_000 + id}`, 'N/A', 'N/A']);

const SHARD = [6, 7, 9, 6, 6, 10];
const SHARDS = [
  ['node:1', 'master', '0-8191'],
  ['node:2', 'slave', '0-8191'],
  ['node:2', 'master', '8192-16383'],
  ['node:1', 'slave', '8192-16383'],
] as const;
const shardRows = (id: number): string[] =>
  SHARDS.map((shard, at) => line(SHARD, [`db:${id}`, `db-${id}`, `redis:${id * 4 + at}`, ...shard, 'OK']));

const program = (folder: string, ids: readonly number[]): string => `#!/bin/sh
# Answers like rladmin, and starts nothing to do so: one file for each database holds its policy and its mode.
load() { until read -r policy mode < ${folder}/$1; do :; done; }
endpoints() {
  echo 'ENDPOINTS:'
  echo 'DB:ID  NAME    ID             NODE   ROLE              SSL'
  for id in $1; do
    load $id
    printf 'db:%-3s db-%-4s endpoint:%-5s node:1 %-17s No\\n' $id $id $id:1 $policy
    if [ $policy != single ]; then printf 'db:%-3s db-%-4s endpoint:%-5s node:2 %-17s No\\n' $id $id $id:1 $policy; fi
  done
}
info() {
  for id in $1; do
    load $id
    echo "db:$id [db-$id]:
    oss_cluster: disabled
    proxy_policy: $policy
    syncer_mode: $mode"
  done
}
case "$*" in
  status | 'status extra all')
    echo 'CLUSTER NODES:
${line(NODE, ['NODE:ID', 'ROLE', 'ADDRESS', 'HOSTNAME', 'SHARDS', 'VERSION', 'STATUS'])}
${[1, 2, 3].map(nodeRow).join('\n')}

DATABASES:
${line(DATABASE, ['DB:ID', 'NAME', 'TYPE', 'STATUS', 'SHARDS', 'ENDPOINT', 'EXEC_STATE', 'EXEC_STATE_MACHINE'])}
${ids.map(databaseRow).join('\n')}
'
    endpoints '${ids.join(' ')}'
    echo '
SHARDS:
${line(SHARD, ['DB:ID', 'NAME', 'ID', 'NODE', 'ROLE', 'SLOTS', 'STATUS'])}
${ids.flatMap(shardRows).join('\n')}'
    ;;
  'status endpoints db db:'*) endpoints \${4#db:} ;;
  'info db') info '${ids.join(' ')}' ;;
  'info db db:'*) info \${3#db:} ;;
  'info cluster') echo 'Cluster configuration:
    upgrade mode: disabled' ;;
  'cluster running_actions') echo 'No active tasks' ;;
  'bind db db:'*' policy '*)
    load \${3#db:}
    echo "$7 $mode" > ${folder}/\${3#db:}
    echo 'Executing bind endpoint: OOO.
Finished successfully'
    ;;
  'tune db db:'*' syncer_mode '*)
    load \${3#db:}
    echo "$policy $5" > ${folder}/\${3#db:}
    echo 'Tuning database: o
Finished successfully'
    ;;
  *)
    echo 'ERROR: Invalid command'
    exit 1
    ;;
esac
`;

/**
 * A program that answers like the rladmin of one cluster whose databases are all of class C1, and that takes as little time as a
 * process can.
 * @returns its path.
 */
export function quickRladmin(folder: string, databases: number): string {
  mkdirSync(folder);
  const ids = Array.from({ length: databases }, (_, at) => at + 1);
  for (const id of ids) writeFileSync(join(folder, String(id)), 'single centralized\n');
  const path = join(folder, 'rladmin');
  writeFileSync(path, program(folder, ids));
  chmodSync(path, 0o755);
  return path;
}
