import { expect } from "chai";
import type { Approver } from "../../../../functions/flows/approval/answer";
import { AskedWorld, alice, type Signing, securityAccount, token } from "../../../support/asked";
import * as builders from "../../../support/builders";

const role = (name: string, account = securityAccount, session = "bob") =>
  `arn:aws:sts::${account}:assumed-role/${name}/${session}`;

describe("an answer to an approval [C5]", () => {
  it("counts once, with the name that STS gave, and ends the workflow's wait", async () => {
    const here = await AskedWorld.open();
    const report = await here.give();
    expect(report).to.deep.equal({ outcome: "approved", incident: here.record.id, by: alice });
    expect(here.sent).to.deep.equal([{ token, output: { decision: "approve" } }]);
    expect(here.approvals.items[0]?.answer).to.deep.equal({
      decision: "approve",
      by: alice,
      reason: "seen in the logs",
      at: "2026-11-20T10:05:00.000Z",
    });
    const again = await here.give({ by: role("Responders") });
    expect(again).to.deep.equal({
      outcome: "refused",
      reason: `Incident ${here.record.id} was approved by ${alice} at 2026-11-20T10:05:00.000Z: an approval is answered once`,
    });
  });

  it("may be a rejection", async () => {
    const here = await AskedWorld.open();
    expect(await here.give({ decision: "reject" })).to.deep.include({ outcome: "rejected" });
    expect(here.sent).to.deep.equal([{ token, output: { decision: "reject" } }]);
    expect(await here.give()).to.deep.include({ outcome: "refused" });
  });

  it("shows what is asked, without the token", async () => {
    const here = await AskedWorld.open();
    const shown = await here.answer({ show: here.record.id });
    if (shown.outcome !== "shown") throw new Error(shown.outcome);
    const [approval] = shown.approvals;
    expect(approval).to.deep.include({
      incident: here.record.id,
      digest: here.digest,
      playbook: "contain-instance",
      target: `instance ${builders.instanceId} in Web shop (222233334444), eu-central-1`,
      expiresAt: "2026-11-20T14:05:00.000Z",
      undo: `npx cordon release ${here.record.id} --reason "WHY"`,
    });
    expect(approval?.steps.some((step) => step.startsWith("quarantine-interface: eni-"))).to.equal(
      true,
    );
    expect(approval?.blastRadius[0]).to.match(/^It is unclear who began the activity/);
    expect(JSON.stringify(shown)).not.to.include(token);
  });

  /** Step numbers of the plan, by kind. */
  const stepsOf = ({ record }: AskedWorld, ...kinds: readonly string[]) =>
    record.plan.stages
      .flatMap(({ steps }) => steps)
      .flatMap(({ kind }, number) => (kinds.includes(kind) ? [number] : []));

  it("may narrow the plan to steps that can be carried out alone", async () => {
    const here = await AskedWorld.open();
    const only = stepsOf(here, "quarantine-interface");
    expect(await here.give({ only })).to.deep.include({ outcome: "approved" });
    expect(here.approvals.items[0]?.answer?.only).to.deep.equal(only);
  });

  const refused: readonly (readonly [
    string,
    (here: AskedWorld) => Signing,
    RegExp,
    ((here: AskedWorld) => void)?,
  ])[] = [
    [
      "a session of a role of another account",
      () => ({ by: role("Responders", "777788889999") }),
      /^\S+ may not answer: it is not of the security account 444455556666$/,
    ],
    [
      "a principal of the incident's account",
      () => ({ by: role("Admin", builders.account) }),
      /may not answer: it is of the account that the incident is about/,
    ],
    [
      "the role of the instance that the incident is about",
      () => ({ by: role("web", builders.account, builders.instanceId) }),
      /may not answer: the incident is about this principal$/,
    ],
    [
      "that role, although it is listed",
      () => ({ by: role("web", builders.account) }),
      /may not answer: the incident is about this principal$/,
      (here) => {
        here.approvers = [`arn:aws:iam::${builders.account}:role/*`];
      },
    ],
    [
      "somebody who is not listed",
      () => ({ by: role("Interns") }),
      /may not answer: cordon:approvers does not list it$/,
      (here) => {
        here.approvers = [`arn:aws:iam::${securityAccount}:role/Responders`];
      },
    ],
    [
      "a role whose name begins alike",
      () => ({ by: role("Responders2") }),
      /cordon:approvers does not list it$/,
      (here) => {
        here.approvers = [`arn:aws:iam::${securityAccount}:role/team/Responders`];
      },
    ],
    [
      "a user who is named like a role that is listed",
      () => ({ by: `arn:aws:iam::${securityAccount}:user/Responders` }),
      /cordon:approvers does not list it$/,
      (here) => {
        here.approvers = [`arn:aws:iam::${securityAccount}:role/Responders`];
      },
    ],
    [
      "root",
      () => ({ by: `arn:aws:iam::${securityAccount}:root` }),
      /may not answer: only users and sessions of roles may$/,
    ],
    [
      "a federated user",
      () => ({ by: `arn:aws:sts::${securityAccount}:federated-user/alice` }),
      /only users and sessions of roles may$/,
    ],
    [
      "a role of Cordon's own",
      () => ({ by: role("cordon-respond-contain-instance") }),
      /may not answer: it is a role of Cordon's own$/,
    ],
    [
      "the role that deploys",
      () => ({ by: role("CordonDeployer") }),
      /it is a role of Cordon's own$/,
    ],
    [
      "without a reason",
      () => ({ reason: " " }),
      /^The reason to approve must be one line of 1 to 1,000 characters/,
    ],
    [
      "with a reason of two lines",
      () => ({ reason: "a\nb" }),
      /^The reason to approve must be one line/,
    ],
    [
      "about an incident that does not exist",
      () => ({ incident: "0123456789abcdef-1" }),
      /^The journal has no incident 0123456789abcdef-1$/,
    ],
    [
      "about an epoch that does not exist",
      ({ record }) => ({ incident: record.id.replace(/1$/, "2") }),
      /does not wait for an answer/,
    ],
    [
      "about another plan",
      () => ({ digest: "0".repeat(64) }),
      /waits for this plan: it is another one now/,
    ],
    [
      "with a step that the plan does not have",
      () => ({ only: [99] }),
      /^The plan has no step 99: its steps are 0 to \d+$/,
    ],
    [
      "with a step named twice",
      (here) => ({
        only: [
          ...stepsOf(here, "quarantine-interface"),
          stepsOf(here, "quarantine-interface")[0] as number,
        ],
      }),
      /^A step is named twice$/,
    ],
    [
      "with a step without another that it needs",
      (here) => ({ only: stepsOf(here, "cut-connections") }),
      /^Step \d+ \(cut-connections\) needs step \d+ \((quarantine-interface|provide-untrack-group)\)$/,
    ],
    [
      "with an open group that nothing removes",
      (here) => ({
        only: stepsOf(here, "quarantine-interface", "cut-connections", "provide-untrack-group"),
      }),
      /^Step \d+ \(provide-untrack-group\) needs step \d+ \(remove-untrack-group\)$/,
    ],
    [
      "with steps that take no access",
      (here) => ({ only: stepsOf(here, "snapshot-volumes") }),
      /^None of these steps takes access from the target$/,
    ],
    [
      "with a rejection of a part",
      (here) => ({ decision: "reject", only: stepsOf(here, "quarantine-interface") }),
      /^A rejection is of the whole plan/,
    ],
    [
      "signed more than 5 minutes ago",
      ({ clock }) => ({ at: new Date(clock - 301_000) }),
      /was signed at 20261120T095959Z, which is not within 5 minutes/,
    ],
    [
      "signed for the future",
      ({ clock }) => ({ at: new Date(clock + 301_000) }),
      /is not within 5 minutes/,
    ],
    [
      "that is late",
      ({ clock }) => ({ at: new Date(clock + 4 * 3_600_000) }),
      /^The approval of incident [0-9a-f]{16}-1 expired at 2026-11-20T14:05:00\.000Z$/,
      (here) => {
        here.clock += 4 * 3_600_000;
      },
    ],
  ];
  for (const [what, signing, reason, prepare] of refused) {
    it(`is refused, and nothing changed: ${what}`, async () => {
      const here = await AskedWorld.open();
      const given = signing(here);
      prepare?.(here);
      const report = await here.give(given);
      expect(report.outcome).to.equal("refused");
      expect(report).to.have.property("reason").that.matches(reason);
      expect(here.sent).to.deep.equal([]);
      expect(here.approvals.items[0]?.answer).to.equal(undefined);
    });
  }

  const listed: readonly (readonly [string, string, string])[] = [
    [
      "a role by its name, whatever its path",
      `arn:aws:iam::${securityAccount}:role/team/Responders`,
      alice,
    ],
    [
      "roles by the beginning of their names",
      `arn:aws:iam::${securityAccount}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Sec_*`,
      role("AWSReservedSSO_Sec_0123456789abcdef"),
    ],
    [
      "one session of a role",
      `arn:aws:sts::${securityAccount}:assumed-role/Responders/alice@example.com`,
      alice,
    ],
    [
      "a user with a path",
      "arn:aws:iam::777788889999:user/people/carol",
      "arn:aws:iam::777788889999:user/people/carol",
    ],
    [
      "a role of the incident's account",
      `arn:aws:iam::${builders.account}:role/Owners`,
      role("Owners", builders.account),
    ],
  ];
  for (const [what, pattern, by] of listed) {
    it(`counts from whom cordon:approvers lists: ${what}`, async () => {
      const here = await AskedWorld.open();
      here.approvers = [pattern];
      expect(await here.give({ by })).to.deep.include({ outcome: "approved", by });
    });
  }

  it("is refused where it is not what was signed", async () => {
    const here = await AskedWorld.open();
    const proof = here.sign({ decision: "reject" });
    const report = await here.answer({ ...here.request(), proof });
    expect(report).to.deep.equal({
      outcome: "refused",
      reason:
        "STS did not confirm who answers: SignatureDoesNotMatch: The request signature does not match",
    });
    expect(here.approvals.items[0]?.answer).to.equal(undefined);
  });

  it("is refused about an incident that was begun meanwhile", async () => {
    const here = await AskedWorld.open();
    const item = here.world.items[here.record.id];
    if (item) item.status = "contained";
    expect(await here.give()).to.deep.equal({
      outcome: "refused",
      reason: `Incident ${here.record.id} does not wait for an answer: ${here.record.id} is contained`,
    });
  });

  const unreachable = async (): Promise<never> => {
    throw Object.assign(new Error("no answer"), { name: "TimeoutError" });
  };
  const outages: readonly (readonly [string, (here: AskedWorld) => Partial<Approver>, RegExp])[] = [
    [
      "the journal",
      () => ({ journal: { find: unreachable } }),
      /^The journal could not be read: TimeoutError: no answer$/,
    ],
    [
      "the approvals",
      ({ approvals }) => ({
        approvals: Object.assign(Object.create(approvals), { find: unreachable }),
      }),
      /^The approval could not be read: TimeoutError: no answer$/,
    ],
    [
      "STS",
      () => ({ callerOf: unreachable }),
      /^STS did not confirm who answers: TimeoutError: no answer$/,
    ],
    [
      "the approvals, to write",
      ({ approvals }) => ({
        approvals: Object.assign(Object.create(approvals), { answer: unreachable }),
      }),
      /^The answer could not be written: TimeoutError: no answer$/,
    ],
  ];
  for (const [what, faults, reason] of outages) {
    it(`is refused in one sentence while it is unreachable: ${what}`, async () => {
      const here = await AskedWorld.open();
      const report = await here.give({}, faults(here));
      expect(report.outcome).to.equal("refused");
      expect(report).to.have.property("reason").that.matches(reason);
      expect(here.sent).to.deep.equal([]);
    });
  }

  it("goes on when it is given again, where the workflow did not get it", async () => {
    const here = await AskedWorld.open();
    const report = await here.give({}, { succeed: unreachable });
    expect(report).to.have.property("outcome", "unfinished");
    expect(here.sent).to.deep.equal([]);
    // Nobody else goes on, and not in other words.
    expect(await here.give({ by: role("Responders") })).to.have.property("outcome", "refused");
    expect(await here.give({ reason: "another" })).to.have.property("outcome", "refused");
    expect(here.sent).to.deep.equal([]);
    expect(await here.give()).to.deep.include({ outcome: "approved", by: alice });
    expect(here.sent).to.have.lengthOf(1);
    expect(await here.give()).to.have.property("outcome", "refused");
  });

  for (const [what, input] of [
    ["nothing", null],
    ["a text", "approve"],
    ["another field", { incident: "0123456789abcdef-1", url: "https://example.com" }],
    ["the incident alone", { incident: "0123456789abcdef-1" }],
    ["a name that is none", { show: "../0123456789abcdef-1" }],
  ] as const) {
    it(`is refused where it is no request: ${what}`, async () => {
      const here = await AskedWorld.open();
      const report = await here.answer(input);
      expect(report)
        .to.have.property("reason")
        .that.matches(/^Not an answer to an approval: /);
    });
  }
});
