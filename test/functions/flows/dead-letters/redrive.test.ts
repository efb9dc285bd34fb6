import { expect } from "chai";
import { answerPerson, type Redriver } from "../../../../functions/flows/dead-letters/redrive";
import type { DeadLetter } from "../../../../functions/record/dead-letters";
import { type Redrive, requestBinding } from "../../../../functions/record/requests";
import { alice, securityAccount } from "../../../support/asked";
import { FakeSts } from "../../../support/fake-sts";
import { MemoryDeadLetters } from "../../../support/memory-dead-letters";

const id = "3f1b2c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d";
const wanted = { redrive: id, reason: "SNS works again" };
const letter: DeadLetter = {
  id,
  queue: "cordon-triage",
  at: "2026-11-20T09:00:00.000Z",
  reason: "Given up after 5 deliveries that failed",
  about: "a finding",
};
const redriven = { by: alice, at: "2026-11-20T10:05:00.000Z", reason: "SNS works again" };

describe("a redrive by command [D6] [E3]", () => {
  const now = new Date("2026-11-20T10:05:00.000Z");
  const sts = new FakeSts();
  let archive: MemoryDeadLetters;
  let sent: unknown[];
  let redriver: Redriver;
  beforeEach(async () => {
    sent = [];
    archive = new MemoryDeadLetters(() => now);
    await archive.keep(letter, "the message as it was");
    redriver = {
      archive,
      policy: {
        approvers: [],
        ownRoles: { securityAccount, rolePath: "/", deploymentRole: "CordonDeployer" },
      },
      queues: ["cordon-watch", "cordon-triage"],
      now: () => now,
      callerOf: sts.callerOf.bind(sts),
      send: async (...what) => void sent.push(what),
    };
  });
  const ask = (says: unknown = wanted, signed: Redrive = wanted, by = alice, at = now) =>
    answerPerson(
      { wanted: says, proof: sts.sign(requestBinding(signed, securityAccount), { by, at }) },
      redriver,
    );

  it("sends the message to the queue that it was for, once, in the name that STS gave", async () => {
    expect(await ask()).to.deep.equal({ outcome: "redriven", letter: { ...letter, redriven } });
    expect(sent).to.deep.equal([["cordon-triage", "the message as it was", id]]);
    expect(await ask()).to.deep.equal({
      outcome: "refused",
      reason: `Dead letter ${id} was sent again at 2026-11-20T10:05:00.000Z by ${alice}: if it failed again, it is another letter`,
    });
    expect(sent).to.have.length(1);
  });

  it("of two at a time sends once", async () => {
    const outcomes = await Promise.all([ask(), ask()]);
    expect(outcomes.map(({ outcome }) => outcome).sort()).to.deep.equal(["redriven", "refused"]);
    expect(sent).to.have.length(1);
  });

  it("may be asked for again where SQS did not take the message", async () => {
    const { send } = redriver;
    redriver = {
      ...redriver,
      send: async () => {
        throw new Error("SQS is down");
      },
    };
    expect(await ask()).to.deep.equal({
      outcome: "refused",
      reason: `Dead letter ${id} could not be sent: Error: SQS is down`,
    });
    redriver = { ...redriver, send };
    expect((await ask()).outcome).to.equal("redriven");
  });

  it("lists the letters of every queue without a proof", async () => {
    await archive.keep({ ...letter, queue: "cordon-watch" }, "{}");
    expect(await answerPerson({ letters: "list" }, redriver)).to.deep.equal({
      outcome: "listed",
      letters: [{ ...letter, queue: "cordon-watch" }, letter],
      more: [],
    });
  });

  const notConfirmed = /^STS did not confirm who asks: SignatureDoesNotMatch: /;
  const refused: readonly (readonly [string, () => ReturnType<typeof ask>, RegExp])[] = [
    ["of another letter", () => ask({ ...wanted, redrive: id.replace("3", "4") }), notConfirmed],
    ["for another reason", () => ask({ ...wanted, reason: "other" }), notConfirmed],
    [
      "without a reason",
      () => ask({ ...wanted, reason: " " }, { ...wanted, reason: " " }),
      /^The reason for the redrive must be one line of 1 to 1,000 characters, but none was given$/,
    ],
    [
      "that was signed 5 minutes ago",
      () => ask(wanted, wanted, alice, new Date(now.getTime() - 300_001)),
      /which is not within 5 minutes of /,
    ],
    [
      "of root",
      () => ask(wanted, wanted, `arn:aws:iam::${securityAccount}:root`),
      /may not redrive: only users and sessions of roles may$/,
    ],
    [
      "of a role of Cordon's own",
      () =>
        ask(
          wanted,
          wanted,
          `arn:aws:sts::${securityAccount}:assumed-role/cordon-notify-dead-letters/bob`,
        ),
      /may not redrive: it is a role of Cordon's own$/,
    ],
    [
      "of another account's user",
      () => ask(wanted, wanted, "arn:aws:iam::222233334444:user/bob"),
      /user\/bob may not redrive: it is not of the security account 444455556666$/,
    ],
    [
      "of somebody who may not ask for a containment",
      () => {
        redriver = {
          ...redriver,
          policy: { ...redriver.policy, approvers: ["arn:aws:iam::444455556666:role/OnCall"] },
        };
        return ask();
      },
      /alice@example\.com may not redrive: cordon:approvers does not list it$/,
    ],
    [
      "of no letter",
      () => {
        const other = { ...wanted, redrive: id.replace("3", "4") };
        return ask(other, other);
      },
      /^There is no dead letter 4f1b2c4d-/,
    ],
    [
      "of what is no id",
      () => ask({ ...wanted, redrive: "cordon-triage" }),
      /^Not a redrive: wanted\.redrive: is not a dead letter's id$/,
    ],
    [
      "with the name that its author states",
      () => ask({ ...wanted, by: alice }),
      /^Not a redrive: wanted: /,
    ],
    ["without a proof", () => answerPerson({ wanted }, redriver), /^Not a redrive: proof: /],
    ["that is nothing", () => answerPerson(null, redriver), /^Not a redrive: /],
    [
      "that asks for another list",
      () => answerPerson({ letters: "all" }, redriver),
      /^Not a redrive: /,
    ],
  ];
  for (const [what, act, reason] of refused) {
    it(`is refused in one sentence, and nothing sent: ${what}`, async () => {
      const report = await act();
      expect(report.outcome).to.equal("refused");
      expect(report).to.have.property("reason").that.matches(reason);
      expect(sent).to.deep.equal([]);
      expect((await archive.of("cordon-triage")).letters).to.deep.equal([letter]);
    });
  }
});
