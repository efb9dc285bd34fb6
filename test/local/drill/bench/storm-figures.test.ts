import { expect } from "chai";
import {
  type Observed,
  outcomeOf,
  shuffled,
  type Target,
} from "../../../../local/drill/bench/storm-figures";

const account = "222233334444";
const scope = `playbook/contain-access-key/${account}`;
const target = (user: string): Target => ({
  name: `user ${user}`,
  account,
  playbook: "contain-access-key",
  contains: [{ action: "iam:AttachUserPolicy", of: `${account}/${user}`, times: 1 }],
});
const denied = (user: string) => ({ action: "iam:AttachUserPolicy", of: `${account}/${user}` });
const limits = { perPlaybookAndAccount: 1, organization: 5 };
const alert = `[Cordon] URGENT Brake tripped: ${scope}`;

const alerted = (subject: string) => ({ subject, text: "" });

/** One of two users is contained and notified, and the other one waits behind the brake. */
const observed: Observed = {
  targets: [target("ann"), target("bob")],
  findings: new Map([
    ["e-1", "user ann"],
    ["e-2", "user bob"],
    ["e-3", "user bob"],
  ]),
  answers: [
    { event: "e-1", outcome: "contained", incident: "a-1" },
    { event: "e-2", outcome: "awaiting-approval", incident: "b-1" },
    { event: "e-3", outcome: "awaiting-approval", incident: "b-1" },
  ],
  incidents: [
    { id: "a-1", status: "contained" },
    { id: "b-1", status: "planned" },
  ],
  asked: new Set(["b-1"]),
  changes: [denied("ann"), { action: "iam:TagUser", of: `${account}/ann` }],
  brakes: [{ scope, waiting: ["b-1"] }],
  messages: [{ subject: "[Cordon] Contained: ann", text: "Incident a-1" }, alerted(alert)],
  deadLetters: 0,
};

describe("the figures of a storm [C7] [R11]", () => {
  it("say how many were acted on, wait, were notified and lost", () => {
    expect(outcomeOf(observed, limits)).to.deep.equal({
      acted: [
        { scope, targets: 1, limit: 1, isTripped: true },
        { scope: "organization", targets: 1, limit: 5, isTripped: false },
      ],
      waiting: 1,
      alerts: { [scope]: 1 },
      messages: 2,
      untold: 0,
      lost: 0,
      twice: 0,
      deadLetters: 0,
      problems: [],
    });
  });

  const broken: readonly (readonly [string, Partial<Observed>, readonly string[]])[] = [
    [
      "more than the limit was acted on",
      { changes: [denied("ann"), denied("bob")] },
      [
        "1 targets were contained, and no message names them",
        `${scope}: 2 targets were acted on, and the limit is 1`,
        // The journal has no containment of it.
        "2 findings are lost, the first is e-2",
      ],
    ],
    [
      "a finding has no answer",
      { answers: observed.answers.slice(0, 2) },
      ["1 findings are lost, the first is e-3"],
    ],
    [
      "nobody was asked about what waits",
      { asked: new Set() },
      ["2 findings are lost, the first is e-2"],
    ],
    [
      "the journal says contained, and nothing was changed",
      { changes: [] },
      ["1 findings are lost, the first is e-1"],
    ],
    [
      "a target has two incidents",
      {
        answers: [
          ...observed.answers,
          { event: "e-3", outcome: "awaiting-approval", incident: "b-2" },
        ],
      },
      ["2 findings are lost, the first is e-2"],
    ],
    [
      "a target was acted on twice",
      { changes: [denied("ann"), denied("ann")] },
      ["1 targets were acted on more than once"],
    ],
    [
      "no brake lists what waits",
      { brakes: [{ scope, waiting: [] }] },
      ["1 plans wait, and no tripped brake lists them"],
    ],
    [
      "a tripped brake did not alert",
      { messages: observed.messages.slice(0, 1) },
      [`${scope}: 0 alerts were sent of the tripped brake`],
    ],
    [
      "a tripped brake alerted again",
      {
        messages: [...observed.messages, alerted(`[Cordon] URGENT Brake holds back 1: ${scope}`)],
      },
      [`${scope}: 2 alerts were sent of the tripped brake`],
    ],
    [
      "no message names what was contained",
      { messages: observed.messages.slice(1) },
      ["1 targets were contained, and no message names them"],
    ],
    [
      "more than ten messages were sent",
      {
        messages: [...observed.messages, ...Array.from({ length: 9 }, () => alerted("Another"))],
      },
      ["11 messages were sent"],
    ],
    ["a message became a dead letter", { deadLetters: 1 }, ["1 messages became dead letters"]],
  ];
  for (const [what, changes, problems] of broken) {
    it(`name it where ${what}`, () => {
      expect(outcomeOf({ ...observed, ...changes }, limits).problems).to.deep.equal(problems);
    });
  }

  it("say of the organization's brake what they say of the others", () => {
    const two = { ...observed, changes: [denied("ann")] };
    const { problems } = outcomeOf(two, { perPlaybookAndAccount: 5, organization: 0 });
    expect(problems).to.deep.equal(["organization: 1 targets were acted on, and the limit is 0"]);
  });
});

describe("the order of a storm", () => {
  it("has every finding once, the same for the same seed", () => {
    const list = Array.from({ length: 1_000 }, (_, number) => number);
    const order = shuffled(list, 7);
    expect([...order].sort((one, other) => one - other)).to.deep.equal(list);
    expect(order).not.to.deep.equal(list);
    expect(shuffled(list, 7)).to.deep.equal(order);
    expect(shuffled(list, 8)).not.to.deep.equal(order);
  });
});
