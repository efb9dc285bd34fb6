/** Runs the deployed definition on Step Functions' stand-in, with functions that do as the event says. */
import { CreateStateMachineCommand } from "@aws-sdk/client-sfn";
import { expect } from "chai";
import { exposedKeyDefinition } from "../../../components/flows/exposed-key/definition";
import { makeRole, security, trustLambda } from "../../support/local/gateway";
import { functionArn, runner, Stage, topicArn } from "../../support/local/workflows";

const advisor = {
  source: "aws.trustedadvisor",
  account: "222233334444",
  detail: { "check-name": "Exposed Access Keys" },
};

const cut = `exports.handler = async ({ event, retries }) => {
  const { outcome = "contained", error, times = 0 } = event;
  if (retries < times) throw Object.assign(new Error("try " + retries), { name: error });
  return { outcome, retries, lookUp: event.lookUp, accessKey: event.accessKey };
};`;
const lookUp = `exports.handler = async ({ cut, began }) => {
  if (cut.lookUp) throw Object.assign(new Error("nowhere"), { name: cut.lookUp });
  return { events: 7, since: Date.now() - Date.parse(began) };
};`;
const notify = `exports.handler = async ({ run, look }) => {
  if (run.notify) throw Object.assign(new Error("no topic"), { name: run.notify });
  return { known: { look, told: run.activity?.result, found: run.later?.result } };
};`;

describe("the exposed-key workflow's definition, carried out", () => {
  const stage = new Stage();
  before(async () => {
    await stage.open();
    const role = await makeRole(stage.world, security, "workers", trustLambda);
    await stage.deploy("cut", cut, role);
    await stage.deploy("look-up", lookUp, role);
    await stage.deploy("notify", notify, role);
    await define("exposed-key", topicArn);
    await define("mute", `${topicArn}-that-is-not-there`);
  });
  after(stage.close);

  const define = (name: string, topic: string) =>
    stage.sfn().send(
      new CreateStateMachineCommand({
        name,
        roleArn: runner,
        definition: JSON.stringify(
          exposedKeyDefinition({
            cut: functionArn("cut"),
            lookUp: functionArn("look-up"),
            notify: functionArn("notify"),
            topic,
          }),
        ),
      }),
    );
  const run = (event: object, machine = "exposed-key") =>
    stage.run(machine, { ...advisor, ...event });
  const whole = [
    "CutKey",
    "WhatStands",
    "LookUpActivity",
    "NotifySecurity",
    "IsThereAKey",
    "HowItEnded",
  ];

  for (const [outcome, end] of [
    ["contained", "Contained"],
    ["contained-in-part", "ContainedInPart"],
    ["key-gone", "KeyGone"],
    ["not-contained", "NotContained"],
  ] as const) {
    it(`looks up and notifies, and ends in ${end}, when the first state says ${outcome}`, async () => {
      const { status, states } = await run({ outcome });
      expect([status, states]).to.deep.equal(["SUCCEEDED", [...whole, end]]);
    });
  }

  for (const [outcome, end] of [
    ["refused", "Refused"],
    ["nothing-new", "DuplicateOrLogged"],
  ] as const) {
    it(`ends in ${end} at once when the first state says ${outcome}`, async () => {
      const { states } = await run({ outcome });
      expect(states).to.deep.equal(["CutKey", "WhatStands", end]);
    });
  }

  it("looks again after 20 minutes and after 24 hours, with the clock set forward", async () => {
    const { status, states, output } = await run({ accessKey: "AKIAIOSFODNN7EXAMPLE" });
    expect([status, states]).to.deep.equal([
      "SUCCEEDED",
      [
        ...whole.slice(0, -1),
        "Wait20Minutes",
        "LookAgain",
        "NotifyNews",
        "Wait24Hours",
        "LookLast",
        "NotifyLastNews",
        "HowItEnded",
        "Contained",
      ],
    ]);
    interface Known {
      readonly look: number;
      readonly told: Known;
      readonly found: { readonly since: number };
    }
    const last = (output as { activity: { result: Known } }).activity.result;
    // The last notice goes by what the one before it told.
    expect([last.look, last.told.look]).to.deep.equal([2, 1]);
    expect(last.told.found.since).to.be.within(1_200_000, 3_600_000);
    expect(last.found.since).to.be.within(86_400_000, 90_000_000);
  });

  for (const error of ["LeaseHeld", "PartialContainment", "ThrottlingException"]) {
    it(`tries the first state again on ${error}, and passes it the number of the attempt`, async () => {
      const { states, output } = await run({ error, times: 3 });
      expect(states.at(-1)).to.equal("Contained");
      expect((output as { cut: { result: { retries: number } } }).cut.result.retries).to.equal(3);
    });
  }

  it("notifies, and looks nothing up, when the first state fails permanently", async () => {
    const { status, states, output } = await run({ error: "LeaseHeld", times: 99 });
    expect([status, states]).to.deep.equal([
      "SUCCEEDED",
      ["CutKey", "NotifySecurity", "IsThereAKey", "HowItEnded", "NotContained"],
    ]);
    const { failure } = output as { failure: { Error: string; Cause: string } };
    // The sixth try was its last.
    expect([failure.Error, JSON.parse(failure.Cause).errorMessage]).to.deep.equal([
      "LeaseHeld",
      "try 5",
    ]);
  });

  it("notifies that the key's activity is unknown when CloudTrail cannot be read", async () => {
    const { states, output } = await run({ lookUp: "ActivityUnread" });
    expect(states).to.deep.equal([...whole, "ActivityUnknown"]);
    expect((output as { activityFailure: { Error: string } }).activityFailure.Error).to.equal(
      "ActivityUnread",
    );
  });

  it("publishes plain text when the function that notifies fails permanently", async () => {
    const { arn, states } = await run({ notify: "KMSAccessDeniedException" });
    expect(states).to.deep.equal([
      "CutKey",
      "WhatStands",
      "LookUpActivity",
      "NotifySecurity",
      "NotifyPlainly",
      "NotifiedPlainly",
    ]);
    const [notice] = await stage.bodies("noticed");
    expect(notice?.Subject).to.equal(
      "[Cordon] URGENT Exposed key: the summary could not be written",
    );
    expect(notice?.Message).to.include(`see execution ${arn} of AWS Step Functions`);
    expect(notice?.Message).to.include('"account":"222233334444"');
  });

  it("fails by name when no notice can be sent at all", async () => {
    const { status, error, states } = await run({ notify: "KMSAccessDeniedException" }, "mute");
    expect([status, error, states.at(-1)]).to.deep.equal([
      "FAILED",
      "NoticeFailed",
      "NoticeFailed",
    ]);
  });
});
