import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Choice, Condition, JsonPath, Pass, type State, StateMachineFragment } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ApprovalGate } from './fragments/approval-gate.ts';
import { ChangeWindow } from './fragments/change-window.ts';
import { Ending, FAILED_OUTCOMES } from './fragments/ending.ts';
import { RollBack, type RollBackFunctions } from './fragments/roll-back.ts';
import { ITS_OWN_CHANGE as identity, type Routes, StepTask } from './fragments/step-task.ts';
import { Verification } from './fragments/verification.ts';

/** One function for each step; several states may run the same one. */
export interface ChangeFunctions extends RollBackFunctions {
  readonly inspectStatus: IFunction;
  readonly requestApproval: IFunction;
  readonly changeWindow: IFunction;
  readonly beginChange: IFunction;
}

/** A read has a minute or more, and one inspection makes a handful of them. */
const READING = Duration.minutes(11);
/** The longest a Lambda function may run; the steps keep their writes within fourteen minutes. */
const WRITING = Duration.minutes(15);

/** One change of one database. The definition reads like the procedure; the gates stand between plan and lock. */
export class ChangeWorkflow extends StateMachineFragment {
  readonly startState: State;
  readonly endStates = [];

  constructor(scope: Construct, id: string, functions: ChangeFunctions) {
    super(scope, id);
    const ending = new Ending(this, 'Ending', { identity, completeChange: functions.completeChange, failsWith: FAILED_OUTCOMES });
    const rollBack = new RollBack(this, 'Roll back', { identity, functions, ending });
    const beforeWrites: Routes = { onHalt: ending, onFailure: ending, haltPath: '$.stopped', failurePath: '$.stopped' };
    const afterWrites: Routes = { onHalt: ending, onFailure: rollBack, haltPath: '$.halted', failurePath: '$.failure' };
    const change = JsonPath.entirePayload;
    // A request that was refused may hold anything, so nothing of it is kept as the state of a change.
    const notInspected = new Pass(this, 'Not inspected', { parameters: { stopped: JsonPath.objectAt('$') } });
    notInspected.next(ending);
    const beforeState: Routes = { onHalt: notInspected, onFailure: notInspected, haltPath: undefined, failurePath: undefined };

    const inspectStatus = new StepTask(this, 'Inspect status', {
      identity,
      run: functions.inspectStatus,
      phase: 'forward',
      input: { request: JsonPath.objectAt('$$.Execution.Input') },
      timeout: READING,
      routes: beforeState,
      comment: 'Checks the request, pins the database to its id, reads the facts, makes the plan',
    });
    const beginChange = new StepTask(this, 'Begin change', {
      identity,
      run: functions.beginChange,
      phase: 'forward',
      input: { change },
      resultPath: '$.begun',
      timeout: READING,
      routes: beforeWrites,
      comment: 'Takes the lock, stores the snapshot, reads again and compares with the plan',
    });
    const holdCentralized = new StepTask(this, 'Hold centralized', {
      identity,
      run: functions.tuneSyncer,
      phase: 'forward',
      input: { mode: 'centralized', change },
      resultPath: '$.held',
      timeout: WRITING,
      routes: afterWrites,
      comment: 'The flag already says distributed: cleared before the policy widens',
    });
    const rebindPolicy = new StepTask(this, 'Rebind policy', {
      identity,
      run: functions.rebindPolicy,
      phase: 'forward',
      input: { change },
      resultPath: '$.policy',
      timeout: WRITING,
      routes: afterWrites,
      comment: 'Every endpoint to the wanted policy, proven by the bound nodes',
    });
    const tuneSyncer = new StepTask(this, 'Tune syncer', {
      identity,
      run: functions.tuneSyncer,
      phase: 'forward',
      input: { mode: JsonPath.stringAt('$.request.wanted.syncerMode'), change },
      resultPath: '$.syncer',
      timeout: WRITING,
      routes: afterWrites,
      comment: 'Sets the mode, proven by reading it back',
    });
    const verification = new Verification(this, 'Verification', {
      identity,
      run: functions.verifyInfo,
      phase: 'forward',
      name: 'Verify info',
      mode: JsonPath.stringAt('$.request.wanted.syncerMode'),
      resultPath: '$.verification',
      routes: afterWrites,
      onPassed: ending,
    });

    const changeWindow = new ChangeWindow(this, 'Window', {
      identity,
      changeWindow: functions.changeWindow,
      routes: beforeWrites,
      onOpen: beginChange,
    });
    const windowGiven = new Choice(this, 'Window given?')
      .when(Condition.booleanEquals('$.gates.window', true), changeWindow)
      .otherwise(beginChange);
    const approvalGate = new ApprovalGate(this, 'Approval', {
      identity,
      requestApproval: functions.requestApproval,
      onStopped: ending,
    });
    approvalGate.next(windowGiven);
    const approvalRequired = new Choice(this, 'Approval required?')
      .when(Condition.booleanEquals('$.gates.approval', true), approvalGate)
      .otherwise(windowGiven);
    const whatIsNeeded = new Choice(this, 'What is needed?')
      .when(Condition.stringEquals('$.next', 'begin'), approvalRequired)
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
