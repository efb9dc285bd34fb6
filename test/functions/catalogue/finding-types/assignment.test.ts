import { expect } from "chai";
import {
  assignmentOf,
  groups,
  namesVictim,
} from "../../../../functions/catalogue/finding-types/assignment";
import { cases } from "../../../support/cases";

interface Documented {
  readonly type: string;
  readonly resource: string;
  readonly severity: string;
}

const injection = "Impact:IAMUser/PromptInjection.Direct";

describe("the catalogue of finding types [D1]", () => {
  const entries = groups.flatMap(({ about, types }) =>
    Object.entries(types).flatMap(([type, severity]) =>
      (about === "any" ? ["any"] : about).map((kind) => ({ type, kind, severity })),
    ),
  );

  it("has every documented type, with the severity that the guide has, and no other", () => {
    // As the guide lists them: a * there is "varies" here.
    const said = new Map(entries.map(({ type, severity }) => [type, severity]));
    const documented = cases<Documented>("guardduty-types");
    expect([...said.keys()]).to.have.members(documented.map(({ type }) => type));
    expect(said.size).to.equal(228);
    for (const { type, severity } of documented) {
      const words: Readonly<Record<string, string>> = {
        unknown: "not documented",
        Variable: "varies",
        "Variable (depends on the detected threat)": "varies",
      };
      const expected = words[severity] ?? severity.replace("-", " to ");
      expect(said.get(type)?.replace(", varies", ""), type).to.equal(expected);
    }
  });

  it("has each type in one group for each kind of resource", () => {
    const keys = entries.map(({ type, kind }) => `${type} about ${kind}`);
    expect(new Set(keys).size).to.equal(keys.length);
  });

  it("gives a reason exactly where no playbook answers", () => {
    for (const { about, types, unanswered } of groups) {
      for (const type of Object.keys(types)) {
        for (const kind of about === "any" ? ["Instance", "AccessKey", "S3Bucket"] : about) {
          const assigned = assignmentOf(type, kind);
          expect("playbooks" in assigned, `${type} about ${kind}`).to.equal(
            unanswered === undefined,
          );
          if (unanswered !== undefined) expect(assigned).to.equal(unanswered);
        }
      }
    }
  });

  it("says why in one sentence that a notice can have", () => {
    const texts = groups.flatMap(({ asks, unanswered }) => [asks, unanswered?.why]);
    for (const text of new Set(texts.filter((each) => each !== undefined))) {
      expect(text).to.match(/^[A-Z][^.]{20,}[^.]$/);
      expect(text?.length).to.be.below(200);
    }
  });

  it("never has a type only logged that GuardDuty rates high by default", () => {
    const logged = groups.filter(({ unanswered }) => unanswered?.does === "log");
    const severities = new Set(logged.flatMap(({ types }) => Object.values(types)));
    expect([...severities].sort()).to.deep.equal(["Low", "Low, varies", "varies"]);
  });

  it("gives the prompt injection to no playbook, and marks it alone as naming a victim", () => {
    expect(assignmentOf(injection, "AccessKey")).to.include({ does: "notify", namesVictim: true });
    const victims = cases<Documented>("guardduty-types").filter(({ type }) => namesVictim(type));
    expect(victims.map(({ type }) => type)).to.deep.equal([injection]);
  });

  const unlisted = (type: string) =>
    `Cordon's catalogue does not list ${type} about this kind of resource: what it means is for people to judge`;
  for (const [type, kind] of [
    ["Novel:EC2/Trick", "Instance"],
    ["Impact:IAMUser/PromptInjection.Indirect", "AccessKey"],
    ["Backdoor:EC2/Spambot", "EKSCluster"],
    ["Impact:S3/ObjectDestruction.Unusual", "S3Bucket"],
    ["constructor", "S3Bucket"],
    ["Novel:Quantum/Trick", "QuantumTask"],
  ] as const) {
    it(`notifies of ${type} about ${kind}, which it does not list`, () => {
      expect(assignmentOf(type, kind)).to.deep.equal({ does: "notify", why: unlisted(type) });
    });
  }

  it("asks about a type that it does not list, where a playbook answers types like it", () => {
    expect([
      assignmentOf("Trojan:EC2/NewTrick", "Instance"),
      assignmentOf("Execution:EC2/MaliciousFile!AMI", "Instance"),
      assignmentOf("UnauthorizedAccess:IAMUser/NewTrick", "AccessKey"),
    ]).to.deep.equal([
      { playbooks: ["contain-instance"], asks: unlisted("Trojan:EC2/NewTrick") },
      { playbooks: ["contain-instance"], asks: unlisted("Execution:EC2/MaliciousFile!AMI") },
      {
        playbooks: ["contain-access-key", "revoke-sessions"],
        asks: unlisted("UnauthorizedAccess:IAMUser/NewTrick"),
      },
    ]);
  });
});
