import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  DistributedMap,
  Errors,
  type IChainable,
  JsonPath,
  Pass,
  Result,
  type State,
  StateMachineFragment,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ITS_PLACE, RolloutTask, STEP_TIMEOUTS } from './rollout-task.ts';

/** Name the executions of the items of each Map: letters and digits, at most 40. */
export const MAP_LABELS = { survey: 'Survey', lanes: 'Lanes', check: 'Check' } as const;
type MapLabel = (typeof MAP_LABELS)[keyof typeof MAP_LABELS];

export interface RolloutMapProps {
  readonly label: MapLabel;
  /** What an item is called in the input of its execution. */
  readonly itemName: string;
  /** What else goes into it, beside the place of the rollout. @default nothing */
  readonly input?: Record<string, unknown>;
  readonly onEach: IChainable;
  readonly comment: string;
}

/**
 * An execution of its own for each item of the latest move, so many at once as the move says. What became of them is in the store, which
 * the judge reads next: the Map has no result, and none of its items can fail it.
 */
export function rolloutMap(
  scope: Construct,
  name: string,
  { label, itemName, input = {}, onEach, comment }: RolloutMapProps,
): DistributedMap {
  const map = new DistributedMap(scope, name, {
    comment,
    label,
    // A list of at most a thousand numbers, which is no reason for a bucket to read it from.
    itemsPath: '$.judged.move.items',
    maxConcurrencyPath: '$.judged.move.atOnce',
    itemSelector: { ...ITS_PLACE, ...input, [itemName]: JsonPath.numberAt('$$.Map.Item.Value') },
    mapExecutionType: StateMachineType.STANDARD,
    toleratedFailurePercentage: 100,
    resultPath: JsonPath.DISCARD,
  });
  map.itemProcessor(onEach);
  return map;
}

export interface EachClusterProps {
  readonly run: IFunction;
  /** Name of the state in which one cluster is dealt with. */
  readonly each: string;
  readonly label: MapLabel;
  /** Goes on here, whatever became of the clusters. */
  readonly next: IChainable;
  readonly comment: string;
}

/** One step for each cluster of a move. */
export class EachCluster extends StateMachineFragment {
  readonly startState: State;
  readonly endStates = [];

  constructor(scope: Construct, name: string, { run, each, label, next, comment }: EachClusterProps) {
    super(scope, `${name} step`);
    const done = nothingMore(this, `${each}: done`);
    const step = new RolloutTask(this, each, {
      run,
      input: { ...ITS_PLACE, item: JsonPath.numberAt('$.item') },
      timeout: STEP_TIMEOUTS.reading,
      resultPath: JsonPath.DISCARD,
      onFailure: done,
      comment,
    });
    const map = rolloutMap(this, name, { label, itemName: 'item', onEach: step.next(done), comment });
    map.addCatch(next, { errors: [Errors.ALL], resultPath: JsonPath.DISCARD });
    map.next(next);
    this.startState = map;
  }
}

/** End of an item. All outputs of a Map together have to fit into one state, so each of them is empty. */
export const nothingMore = (scope: Construct, name: string): Pass => new Pass(scope, name, { result: Result.fromObject({}) });
