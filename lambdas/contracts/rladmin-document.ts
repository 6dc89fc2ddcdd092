import { PROXY_POLICIES, SYNCER_MODES } from './words.ts';

/**
 * The Run Command document that brings rladmin to the nodes of one cluster. Whoever may send it can do what is listed here and nothing
 * else: an action for each rladmin call, parameters that are enums or numbers, no free text. The stack deploys it, the SSM runner
 * sends it, and the simulator runs it with a real shell.
 */
export interface RladminDocumentProps {
  /** Absolute path of rladmin on the nodes. */
  readonly rladmin: string;
  /** Account on the nodes that runs it. */
  readonly runAs: string;
}

/** Name of the document of a cluster, the same in every account and region. */
export const documentNameOf = (cluster: string): string => `syncshift-${cluster}`;

/** Reads by action; the words are those that rladmin is given. */
export const READ_ACTIONS = {
  'status-extra-all': 'status extra all',
  status: 'status',
  'status-nodes': 'status nodes',
  'status-databases': 'status databases',
  'status-databases-jobs': 'status databases extra state_machine',
  'status-endpoints': 'status endpoints',
  'status-shards': 'status shards',
  'status-endpoints-of': "status endpoints db '{{ database }}'",
  'status-shards-of': "status shards db '{{ database }}'",
  'info-db': 'info db',
  'info-db-of': "info db '{{ database }}'",
  'info-cluster': 'info cluster',
  'running-actions': 'cluster running_actions',
} as const;

/** Writes by action. A command carries one of them, or reads, never both. */
export const WRITE_ACTIONS = {
  'bind-policy': "bind db '{{ database }}' endpoint '{{ endpoint }}' policy '{{ policy }}'",
  'bind-include': "bind db '{{ database }}' endpoint '{{ endpoint }}' include {{ nodes }}",
  'bind-exclude': "bind db '{{ database }}' endpoint '{{ endpoint }}' exclude {{ nodes }}",
  'tune-syncer': "tune db '{{ database }}' syncer_mode '{{ mode }}'",
} as const;

/** Parameters of the document. `actions` are joined by commas; what a command does not need keeps its default. */
const DOCUMENT_PARAMETERS = ['actions', 'database', 'endpoint', 'policy', 'mode', 'nodes'] as const;
export type DocumentParameters = { readonly actions: string } & Partial<
  Record<Exclude<(typeof DOCUMENT_PARAMETERS)[number], 'actions'>, string>
>;

/** Value of a parameter that a command does not need. */
export const NOT_GIVEN = '-';

/** Lines of the output that are not rladmin's begin with this word. The argv stands in the `begin` line, the exit code in the `end` line. */
export const MARK = 'SYNCSHIFT';

/** How long a command may run on a node, in seconds: longer than any step waits, because a killed write is an unknown write. */
const EXECUTION_SECONDS = 900;

const one = (words: readonly string[]): string => words.map((word) => word.replaceAll('.', '\\.')).join('|');
const READ = `(${one(Object.keys(READ_ACTIONS))}|info-node-[1-9][0-9]{0,4})`;
const WRITE = `(${one(Object.keys(WRITE_ACTIONS))})`;
const NUMBER = '[1-9][0-9]{0,8}';

const parameter = (description: string, allowedPattern: string) => ({ type: 'String', description, allowedPattern });
const optional = (description: string, pattern: string) => ({
  ...parameter(description, `^(${NOT_GIVEN}|${pattern})$`),
  default: NOT_GIVEN,
});

function script({ rladmin, runAs }: RladminDocumentProps): string[] {
  const asUser = runAs === 'root' ? '' : `runuser -u '${runAs}' -- `;
  const cases = Object.entries({ ...READ_ACTIONS, ...WRITE_ACTIONS }).map(([action, words]) => `    ${action}) run ${words} ;;`);
  return [
    `RL='${rladmin}'`,
    `[ -x "$RL" ] || { echo '${MARK} error rladmin-missing'; exit 127; }`,
    'rc=0',
    'run() {',
    `  printf '${MARK} begin %s\\n' "$*"`,
    // Closed: a prompt that nobody expects fails instead of hanging.
    `  ${asUser}"$RL" "$@" </dev/null`,
    '  rc=$?',
    `  printf '\\n${MARK} end %s\\n' "$rc"`,
    '}',
    "for action in $(echo '{{ actions }}' | tr ',' ' '); do",
    '  case "$action" in',
    ...cases,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell expands it.
    '    info-node-*) run info node "${action#info-node-}" ;;',
    `    *) echo '${MARK} error unknown-action'; exit 64 ;;`,
    '  esac',
    'done',
    // Output is cut from its end, so this line proves that it is whole.
    `echo '${MARK} done'`,
    'exit "$rc"',
  ];
}

/** Content of the document, schema version 2.2. */
export function rladminDocument(props: RladminDocumentProps) {
  return {
    schemaVersion: '2.2',
    description: 'syncshift: one rladmin call per action, for moving a database between centralized and distributed synchronization',
    parameters: {
      actions: parameter('reads joined by commas, or one write', `^(${READ}(,${READ})*|${WRITE})$`),
      database: optional('database id, like db:7', `db:${NUMBER}`),
      endpoint: optional('endpoint id, like 7:1', `${NUMBER}:${NUMBER}`),
      policy: optional('proxy policy', `(${one(PROXY_POLICIES)})`),
      mode: optional('syncer mode', `(${one(SYNCER_MODES)})`),
      nodes: optional('node numbers, separated by blanks', `${NUMBER}( ${NUMBER})*`),
    },
    mainSteps: [
      {
        action: 'aws:runShellScript',
        name: 'rladmin',
        precondition: { StringEquals: ['platformType', 'Linux'] },
        inputs: { timeoutSeconds: String(EXECUTION_SECONDS), runCommand: script(props) },
      },
    ],
  };
}
