import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Choice, Condition, JsonPath, Pass, type State, StateMachineFragment } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { Ending } from './fragments/ending.ts';
import { RollBack } from './fragments/roll-back.ts';
import { type Routes, StepTask } from './fragments/step-task.ts';
import { Verification } from './fragments/verification.ts';

/** One function for each step; several states may run the same one. */
export interface ChangeFunctions {
  readonly inspectStatus: IFunction;
  readonly beginChange: IFunction;
  readonly rebindPolicy: IFunction;
  readonly tuneSyncer: IFunction;
  readonly verifyInfo: IFunction;
  readonly completeChange: IFunction;
}

/** A read has a minute or more, and one inspection makes a handful of them. */
const READING = Duration.minutes(11);
/** The longest a Lambda function may run; the steps keep their writes within fourteen minutes. */
const WRITING = Duration.minutes(15);

/** One change of one database. The definition reads like the procedure; the gates belong between plan and lock. */
export class ChangeWorkflow extends StateMachineFragment {
  readonly startState: State;
  readonly endStates = [];

  constructor(scope: Construct, id: string, functions: ChangeFunctions) {
    super(scope, id);
    const ending = new Ending(this, 'Ending', functions);
    const rollBack = new RollBack(this, 'Roll back', { functions, ending });
    const beforeWrites: Routes = { onHalt: ending, onFailure: ending, haltPath: '$.stopped', failurePath: '$.stopped' };
    const afterWrites: Routes = { onHalt: ending, onFailure: rollBack, haltPath: '$.halted', failurePath: '$.failure' };
    const change = JsonPath.entirePayload;
    // A request that was refused may hold anything, so nothing of it is kept as the state of a change.
    const notInspected = new Pass(this, 'Not inspected', { parameters: { stopped: JsonPath.objectAt('$') } });
    notInspected.next(ending);
    const beforeState: Routes = { onHalt: notInspected, onFailure: notInspected, haltPath: undefined, failurePath: undefined };

    const inspectStatus = new StepTask(this, 'Inspect status', {
      run: functions.inspectStatus,
      phase: 'forward',
      input: { request: JsonPath.objectAt('$$.Execution.Input') },
      timeout: READING,
      routes: beforeState,
      comment: 'Checks the request, pins the database to its id, reads the facts, makes the plan',
    });
    const beginChange = new StepTask(this, 'Begin change', {
      run: functions.beginChange,
      phase: 'forward',
      input: { change },
      resultPath: '$.begun',
      timeout: READING,
      routes: beforeWrites,
      comment: 'Takes the lock, stores the snapshot, reads again and compares with the plan',
    });
    const holdCentralized = new StepTask(this, 'Hold centralized', {
      run: functions.tuneSyncer,
      phase: 'forward',
      input: { mode: 'centralized', change },
      resultPath: '$.held',
      timeout: WRITING,
      routes: afterWrites,
      comment: 'The flag already says distributed: cleared before the policy widens',
    });
    const rebindPolicy = new StepTask(this, 'Rebind policy', {
      run: functions.rebindPolicy,
      phase: 'forward',
      input: { change },
      resultPath: '$.policy',
      timeout: WRITING,
      routes: afterWrites,
      comment: 'Every endpoint to the wanted policy, proven by the bound nodes',
    });
    const tuneSyncer = new StepTask(this, 'Tune syncer', {
      run: functions.tuneSyncer,
      phase: 'forward',
      input: { mode: JsonPath.stringAt('$.request.wanted.syncerMode'), change },
      resultPath: '$.syncer',
      timeout: WRITING,
      routes: afterWrites,
      comment: 'Sets the mode, proven by reading it back',
    });
    const verification = new Verification(this, 'Verification', {
      run: functions.verifyInfo,
      phase: 'forward',
      name: 'Verify info',
      mode: JsonPath.stringAt('$.request.wanted.syncerMode'),
      resultPath: '$.verification',
      routes: afterWrites,
      onPassed: ending,
    });

    const gates = new Pass(this, 'Gates', { comment: 'Approval gate and change window stand here, before the lock is taken' });
    const whatIsNeeded = new Choice(this, 'What is needed?')
      .when(Condition.stringEquals('$.next', 'begin'), gates.next(beginChange))
      .otherwise(ending);
    const flagIsSet = new Choice(this, 'Is the flag set already?')
      .when(Condition.booleanEquals('$.plan.holdCentralized', true), holdCentralized)
      .otherwise(rebindPolicy);
    inspectStatus.next(whatIsNeeded);
    beginChange.next(flagIsSet);
    holdCentralized.next(rebindPolicy);
    rebindPolicy.next(tuneSyncer).next(verification);
    this.startState = inspectStatus.startState;
  }
}
