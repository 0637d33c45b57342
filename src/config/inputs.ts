// Which inputs are there? This one table: action.yml, the README, the parser and the command line's flags follow it.
import type { Command } from './config.ts';

export interface Input {
  readonly name: string;
  readonly group: 'run' | 'cluster' | 'upgrade' | 'prometheus' | 'gate' | 'pace' | 'approval';
  /** For people: one or two sentences; GitHub-flavoured markdown. */
  readonly description: string;
  /** Commands that cannot do without it. */
  readonly requiredBy: readonly Command[];
  /** What counts where nothing is set, as the user would write it; empty for none. */
  readonly default: string;
  /** In words, where the default is no literal. */
  readonly otherwise?: string;
  /** Part of the plan and its hash; after `start` the journal's value counts. */
  readonly frozen: boolean;
  /** Takes several values, one a line. */
  readonly lines: boolean;
  /** Never repeated in a message, masked in logs. */
  readonly secret: boolean;
  readonly example: string;
}

const FIRST: readonly Command[] = ['plan', 'upgrade', 'start'];
const GATED: readonly Command[] = ['upgrade', 'start', 'promote'];

/** What most inputs are: one value, needed by no command, free to differ from run to run. */
const ONE = { requiredBy: [], default: '', frozen: false, lines: false, secret: false } as const;
const MANY = { ...ONE, lines: true } as const;
const FROZEN = { ...ONE, frozen: true } as const;
const FROZEN_LINES = { ...FROZEN, lines: true } as const;

/** Every input of the action and every flag of the command line, in the order in which they are explained. */
export const INPUTS = [
  {
    ...ONE,
    name: 'command',
    group: 'run',
    default: 'upgrade',
    example: 'plan',
    description:
      'What to do: `plan` (read-only), `upgrade` (everything), `start` (control plane, tag, gateways), `promote` (the next batch), `rollback`, `complete` (remove the source) or `status`.',
  },
  {
    ...ONE,
    name: 'config-file',
    group: 'run',
    example: '.github/istio-upgrade.yaml',
    description:
      'A YAML file with the same keys as these inputs. An input that is set wins over the file. GitHub fills in no expressions there: secrets belong in `with:`.',
  },
  {
    ...ONE,
    name: 'kubeconfig',
    group: 'cluster',
    otherwise: '`$KUBECONFIG`, else `~/.kube/config`, else in-cluster credentials',
    example: '/home/runner/.kube/config',
    description: 'Path of the kubeconfig, as the cloud login actions leave it. Its content is refused here.',
  },
  {
    ...ONE,
    name: 'context',
    group: 'cluster',
    otherwise: 'the current context',
    example: 'prod-eu',
    description: 'Context of the kubeconfig.',
  },
  {
    ...ONE,
    name: 'expect-cluster',
    group: 'cluster',
    example: 'k8s.prod-eu.example.com',
    description:
      "The API server's host, or the UID of the namespace `kube-system`. Any other cluster is refused before anything is read further.",
  },
  {
    ...FROZEN,
    name: 'istio-namespace',
    group: 'upgrade',
    default: 'istio-system',
    example: 'istio-system',
    description: 'Namespace of istiod.',
  },
  {
    ...FROZEN,
    name: 'target-revision',
    group: 'upgrade',
    requiredBy: FIRST,
    example: '1-32-0',
    description: 'Revision to upgrade to.',
  },
  {
    ...FROZEN,
    name: 'source-revision',
    group: 'upgrade',
    otherwise: 'what the tag points to',
    example: '1-31-2',
    description: 'Revision to upgrade from.',
  },
  {
    ...FROZEN,
    name: 'tag',
    group: 'upgrade',
    default: 'default',
    example: 'prod-stable',
    description: 'Revision tag to move. `default` is the one that `istio-injection=enabled` follows.',
  },
  {
    ...FROZEN,
    name: 'strategy',
    group: 'upgrade',
    default: 'tag',
    example: 'relabel',
    description:
      '`tag`: the tag moves once, batches order the restarts. `relabel`: the tag stays until `complete`, each namespace gets the target as its label with its batch.',
  },
  {
    ...FROZEN,
    name: 'pin-waiting',
    group: 'upgrade',
    default: 'true',
    example: 'false',
    description:
      'Under `strategy: tag`, namespaces that wait are pinned to the source until their batch comes, and excluded ones for good, so that pods recreated early do not drift to the target.',
  },
  {
    ...FROZEN,
    name: 'install',
    group: 'upgrade',
    default: 'none',
    example: 'istioctl',
    description:
      'Who installs the target istiod: `none` (it is there already, for example by GitOps, and is verified), `manifest`, `istioctl` or `helm`. The last two must be on the PATH; see docs/how-it-works.md#who-installs-the-target.',
  },
  {
    ...FROZEN,
    name: 'install-manifest',
    group: 'upgrade',
    example: 'istio/1-32-0/*.yaml',
    description: 'With `install: manifest`: file, directory or glob of rendered YAML, applied server-side.',
  },
  {
    ...FROZEN_LINES,
    name: 'install-args',
    group: 'upgrade',
    example: '--set\nprofile=minimal',
    description:
      'With `install: istioctl` or `helm`: arguments for `istioctl install` or `helm upgrade --install`, one a line, never through a shell; for `helm` the chart is one of them. Revision, namespace, kubeconfig, context and release name are set by this action and refused here.',
  },
  {
    ...FROZEN_LINES,
    name: 'namespaces',
    group: 'upgrade',
    otherwise: 'all that follow the tag or the source',
    example: 'team-*\nlabel: tier=gold',
    description: 'Namespaces to upgrade: names, globs with `*` and `?`, or `label: key=value`.',
  },
  {
    ...FROZEN_LINES,
    name: 'exclude-namespaces',
    group: 'upgrade',
    example: 'legacy-*',
    description:
      'Namespaces to leave on the source, gateways in them included; written like `namespaces`. Under `strategy: tag` those that follow the tag are relabelled to stay there; Gateway API gateways in those that cannot be, or are not to be (`pin-waiting`), roll with the tag, see docs/how-it-works.md#two-strategies.',
  },
  {
    ...FROZEN_LINES,
    name: 'batches',
    group: 'upgrade',
    default: '1\n10%\nrest by 25%',
    example: 'canary-app\nlabel: tier=bronze\nrest by 10',
    description:
      'Each line takes from what is left: names and globs, `label: key=value`, `3` namespaces, `10%`, `rest`, `rest by 10`, `rest by 25%`; shares are of all namespaces in scope. Within a line the namespaces with the fewest injected pods come first, and the one that `prometheus-url` names comes last: the eyes of the gate.',
  },
  {
    ...FROZEN_LINES,
    name: 'gateways',
    group: 'upgrade',
    default: 'auto',
    example: 'istio-ingress/public\nistio-ingress/internal',
    description:
      'Gateways to upgrade before the namespaces: `auto` (those of the namespaces that are upgraded), `none`, or `namespace/name`. The others stay on the source, or are named with what moves them; one beside applications in a labelled namespace moves with its batch, but a Gateway API gateway with the tag where nothing pins that namespace.',
  },
  {
    ...ONE,
    name: 'batch',
    group: 'pace',
    default: 'next',
    example: '2',
    description:
      'For `promote`: `next`, or the number of the batch. A job that is re-run must give the number, unless a batch is in flight: `next` may be one that nobody approved.',
  },
  {
    ...ONE,
    name: 'rollout-timeout',
    group: 'pace',
    default: '10m',
    example: '20m',
    description:
      'How long one workload may take from its own restart to its first ready pod, and from each to the next; its `progressDeadlineSeconds` where that is longer, unless it is more than a day.',
  },
  {
    ...ONE,
    name: 'max-restarting',
    group: 'pace',
    default: '20',
    example: '5',
    description: 'How many workloads may be restarting at once.',
  },
  {
    ...ONE,
    name: 'prometheus-url',
    group: 'prometheus',
    requiredBy: GATED,
    example: 'kubernetes://monitoring/prometheus-server:80',
    description:
      "Where Prometheus answers: `https://…`, or `kubernetes://namespace/service:port/prefix` through the API server with the kubeconfig's own credentials. Under `strategy: relabel` `complete` needs it too: it moves the tag, and judges that.",
  },
  {
    ...ONE,
    name: 'prometheus-token',
    group: 'prometheus',
    secret: true,
    example: '${{ secrets.PROMETHEUS_TOKEN }}',
    description: 'Bearer token for Prometheus.',
  },
  {
    ...MANY,
    name: 'prometheus-headers',
    group: 'prometheus',
    secret: true,
    example: 'X-Scope-OrgID: prod',
    description: 'More headers for Prometheus, as `Name: value`.',
  },
  {
    ...ONE,
    name: 'prometheus-ca',
    group: 'prometheus',
    example: 'certs/prometheus-ca.pem',
    description: "Certificate authority of Prometheus' certificate: PEM text, or the path of a file with it.",
  },
  {
    ...MANY,
    name: 'prometheus-params',
    group: 'prometheus',
    example: 'dedup=true',
    description: 'More form parameters for every query, as `name=value`.',
  },
  {
    ...FROZEN_LINES,
    name: 'prometheus-matchers',
    group: 'prometheus',
    example: 'cluster=prod-eu',
    description:
      'Label matchers put into every selector. Needed where one Prometheus holds several clusters, whose namespaces may share names.',
  },
  {
    ...FROZEN_LINES,
    name: 'max-error-rate',
    group: 'gate',
    default: '1%',
    example: '1%\nlegacy-*: 5%',
    description:
      'Limit on the share of failed requests; more lines are exceptions by namespace, the first match counts.',
  },
  {
    ...FROZEN,
    name: 'grpc-error-statuses',
    group: 'gate',
    default: '2 4 8 12 13 14 15',
    example: 'UNKNOWN INTERNAL UNAVAILABLE',
    description: 'Statuses of gRPC that count as failed requests, by number or name.',
  },
  {
    ...FROZEN,
    name: 'objectives',
    group: 'gate',
    example:
      '- name: checkout\n  errors: sum(increase(checkout_failed_total[$window]))\n  total: sum(increase(checkout_total[$window]))\n  limit: 0.5%',
    description:
      'YAML list of objectives of your own: a `name`, and either `errors`, `total` and `limit`, or `query` and `max`; `hard: true` makes one fail the batch.',
  },
  {
    ...FROZEN,
    name: 'evidence',
    group: 'gate',
    default: 'not-disproved',
    example: 'proved',
    description: '`not-disproved`, or `proved`: PASS only when the upper bound of the error rate is below the limit.',
  },
  {
    ...FROZEN,
    name: 'bake',
    group: 'gate',
    default: '5m',
    example: '10m',
    description: 'Least time to watch a batch after its last pod is ready.',
  },
  {
    ...FROZEN,
    name: 'max-bake',
    group: 'gate',
    default: '30m',
    example: '1h',
    description: 'Most time to watch a batch. What is not decided then is HOLD.',
  },
  {
    ...FROZEN,
    name: 'interval',
    group: 'gate',
    default: 'auto',
    example: '30s',
    description: 'Time between looks; `auto` is the larger of 15 s and the scrape interval.',
  },
  {
    ...FROZEN,
    name: 'min-requests',
    group: 'gate',
    default: '300',
    example: '1000',
    description: "Requests that the batch's inbound traffic must show together before it can PASS.",
  },
  {
    ...ONE,
    name: 'rehearse',
    group: 'gate',
    default: '1h',
    example: '6h',
    description:
      'How far back `plan` asks what the gate would have said, hour by hour: whole hours, at most `24h`. It tells how long a PASS takes at the quietest hour.',
  },
  {
    ...FROZEN,
    name: 'on-fail',
    group: 'gate',
    default: 'rollback',
    example: 'hold',
    description:
      'After a FAIL: `rollback` (everything), `rollback-batch` (batches that passed stay, where one batch alone can go back) or `hold` (stop, leave all as it is). See docs/how-it-works.md#after-a-fail.',
  },
  {
    ...FROZEN,
    name: 'on-no-traffic',
    group: 'gate',
    default: 'hold',
    example: 'pass',
    description: 'Where a batch has too little traffic to judge: `hold`, or `pass` with a warning.',
  },
  {
    ...FROZEN,
    name: 'compare',
    group: 'gate',
    default: 'on',
    example: 'warn',
    description:
      'Comparison with the hour before and with namespaces not moved yet: `on`, `warn` (told, but no FAIL rests on it: what was over its limit in the hour before gets none for its error rate) or `off` (failures are held to the limit alone). See docs/gate.md#how-it-judges.',
  },
  {
    ...FROZEN,
    name: 'soak',
    group: 'gate',
    default: '10m',
    example: '1h',
    description: 'With `upgrade`: how long everything is watched after the last batch, before the source is removed.',
  },
  {
    ...FROZEN,
    name: 'remove-source',
    group: 'upgrade',
    default: 'auto',
    example: 'verify',
    description:
      '`auto`: the source istiod is removed once it is proved that nothing uses it. `keep`: it stays; the upgrade is over all the same, and `rollback` refused from then on. It may be asked for later, too, as long as the removal has not begun. `verify`: prove that nothing uses it and name what to delete (for GitOps).',
  },
  {
    ...ONE,
    name: 'max-duration',
    group: 'pace',
    otherwise: '`5h30m` on GitHub-hosted runners, else no limit',
    example: '2h',
    description: 'No batch is begun whose worst case and rollback do not fit into what is left of it.',
  },
  {
    ...ONE,
    name: 'lock-wait',
    group: 'pace',
    default: '2m',
    example: '10m',
    description: "How long to wait for another run's lease; `rollback` asks that run to stop meanwhile.",
  },
  {
    ...ONE,
    name: 'plan-hash',
    group: 'approval',
    example: '3f9c0a1b2d4e',
    description: 'Hash of the approved plan; any other plan is refused.',
  },
  {
    ...MANY,
    name: 'accept',
    group: 'approval',
    example: 'both-injection-labels',
    description:
      'Ids of overridable findings to go on with; docs/findings.md lists them, and docs/prometheus.md those about Prometheus.',
  },
  {
    ...ONE,
    name: 'accept-hold',
    group: 'approval',
    example: 'no-traffic',
    description: 'Reason code of one HOLD to go on past; recorded with who asked. A FAIL cannot be accepted.',
  },
] as const satisfies readonly Input[];

export type InputName = (typeof INPUTS)[number]['name'];
/** Those that the plan keeps from `start` on. */
export type FrozenInput = Extract<(typeof INPUTS)[number], { readonly frozen: true }>['name'];

/** The names of all inputs. */
export const INPUT_NAMES: readonly string[] = INPUTS.map(({ name }) => name);

/** The row of an input, or undefined where there is no such input. */
export const inputNamed = (name: string): Input | undefined => INPUTS.find((input) => input.name === name);
