import { expect } from "chai";
import {
  type Choice,
  cutTries,
  exposedKeyDefinition,
  functionSeconds,
  type State,
  type Task,
} from "../../../../components/flows/exposed-key/definition";
import { leaseSeconds } from "../../../../functions/record/journal";

const definition = () =>
  exposedKeyDefinition({
    cut: "arn:aws:lambda:us-east-1:444455556666:function:cordon-cut-exposed-key",
    lookUp: "arn:aws:lambda:us-east-1:444455556666:function:cordon-look-up-activity",
    notify: "arn:aws:lambda:us-east-1:444455556666:function:cordon-notify-exposure",
    topic: "arn:aws:sns:us-east-1:444455556666:cordon-notices",
  });
const states = () => definition().States;
const tasks = () =>
  Object.entries(states()).filter((entry): entry is [string, Task] => entry[1].Type === "Task");

describe("components/flows/exposed-key/definition [R4]", () => {
  it("cuts the key before anything else", () => {
    expect(definition().StartAt).to.equal("CutKey");
  });

  it("limits, retries and catches every task", () => {
    expect(
      tasks().map(([name, task]) => [
        name,
        task.TimeoutSeconds,
        task.Retry.map(({ MaxAttempts }) => MaxAttempts),
        task.Catch.map(({ ErrorEquals, Next }) => [...ErrorEquals, Next]),
      ]),
    ).to.deep.equal([
      ["CutKey", 130, [5], [["States.ALL", "NotifySecurity"]]],
      ["LookUpActivity", 310, [2], [["States.ALL", "NotifySecurity"]]],
      ["NotifySecurity", 40, [4], [["States.ALL", "NotifyPlainly"]]],
      ["LookAgain", 310, [2], [["States.ALL", "NotifyNews"]]],
      ["NotifyNews", 40, [4], [["States.ALL", "NotifyPlainly"]]],
      ["LookLast", 310, [2], [["States.ALL", "NotifyLastNews"]]],
      ["NotifyLastNews", 40, [4], [["States.ALL", "NotifyPlainly"]]],
      ["NotifyPlainly", 30, [4], [["States.ALL", "NoticeFailed"]]],
    ]);
  });

  it("names Lambda's own errors and what functions throw to be tried again", () => {
    for (const [, { Retry }] of tasks()) {
      expect(Retry[0].ErrorEquals).to.include.members([
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
        "States.Timeout",
        "States.TaskFailed",
      ]);
    }
    expect(task("CutKey").Retry[0].ErrorEquals).to.include.members([
      "LeaseHeld",
      "PartialContainment",
    ]);
    expect(task("LookUpActivity").Retry[0].ErrorEquals).to.include("ActivityUnread");
  });

  it("gives a state longer than its function may run", () => {
    const { cut, lookUp, notify } = functionSeconds;
    expect([cut, lookUp, notify]).to.deep.equal([120, 300, 30]);
    expect(cut).to.be.below(leaseSeconds);
  });

  it("retries the first state for longer than the lease of a failed try lasts", () => {
    const { IntervalSeconds, BackoffRate, MaxAttempts, MaxDelaySeconds } = task("CutKey").Retry[0];
    let wait = 0;
    for (let again = 0; again < MaxAttempts; again += 1) {
      wait += Math.min(IntervalSeconds * BackoffRate ** again, MaxDelaySeconds);
    }
    expect(wait).to.be.above(leaseSeconds);
    expect(cutTries).to.equal(6);
  });

  it("looks again 20 minutes and 24 hours after the first notice, within its time", () => {
    const waits = Object.values(states()).flatMap((state) =>
      state.Type === "Wait" ? [state.Seconds] : [],
    );
    expect(waits).to.deep.equal([1_200, 85_200]);
    expect(definition().TimeoutSeconds).to.equal(93_600);
  });

  it("ends in these states, one of which alone is a failure", () => {
    expect(
      Object.entries(states()).flatMap(([name, { Type }]) =>
        Type === "Succeed" || Type === "Fail" ? [`${Type} ${name}`] : [],
      ),
    ).to.deep.equal([
      "Succeed Contained",
      "Succeed ContainedInPart",
      "Succeed KeyGone",
      "Succeed NotContained",
      "Succeed ActivityUnknown",
      "Succeed DuplicateOrLogged",
      "Succeed Refused",
      "Succeed NotifiedPlainly",
      "Fail NoticeFailed",
    ]);
  });

  it("reaches every state, and notifies on every path but those on which the first state does", () => {
    const ways = walk(definition().StartAt, []);
    expect([...new Set(ways.flat())].sort()).to.deep.equal(Object.keys(states()).sort());
    const silent = ways.filter((way) => !way.includes("NotifySecurity"));
    expect(silent).to.deep.equal([
      ["CutKey", "WhatStands", "Refused"],
      ["CutKey", "WhatStands", "DuplicateOrLogged"],
    ]);
  });

  it("names the end by the first of these that holds", () => {
    const { Choices, Default } = states().HowItEnded as Choice;
    expect(Choices).to.deep.equal([
      { Variable: "$.failure", IsPresent: true, Next: "NotContained" },
      { Variable: "$.activityFailure", IsPresent: true, Next: "ActivityUnknown" },
      { Variable: "$.cut.result.outcome", StringEquals: "contained", Next: "Contained" },
      {
        Variable: "$.cut.result.outcome",
        StringEquals: "contained-in-part",
        Next: "ContainedInPart",
      },
      { Variable: "$.cut.result.outcome", StringEquals: "key-gone", Next: "KeyGone" },
    ]);
    expect(Default).to.equal("NotContained");
  });
});

function task(name: string): Task {
  const state = states()[name];
  if (state?.Type !== "Task") throw new Error(`${name} is no task`);
  return state;
}

/** Lists every way from a state to an end. */
function walk(name: string, before: readonly string[]): string[][] {
  if (before.includes(name)) throw new Error(`${[...before, name].join(" → ")} goes in a circle`);
  const state = states()[name];
  if (state === undefined) throw new Error(`There is no state ${name}`);
  const way = [...before, name];
  const next = nextOf(state);
  return next.length === 0 ? [way] : next.flatMap((each) => walk(each, way));
}

function nextOf(state: State): string[] {
  switch (state.Type) {
    case "Task":
      return [...state.Catch.map(({ Next }) => Next), state.Next];
    case "Wait":
      return [state.Next];
    case "Choice":
      return [...new Set([...state.Choices.map(({ Next }) => Next), state.Default])];
    default:
      return [];
  }
}
