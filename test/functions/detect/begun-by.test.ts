import { expect } from "chai";
import { instanceTypes } from "../../../functions/catalogue/finding-types/instances";
import { playbookFor } from "../../../functions/catalogue/playbooks";
import { begunBy } from "../../../functions/detect/begun-by";
import { detectGuardDuty } from "../../../functions/detect/guardduty";
import { cases, fixture } from "../../support/cases";
import { type Json, removed, spoiled } from "../../support/events";

interface Case {
  readonly type: string;
  /** An action's type, or the direction of a network connection. @default no action */
  readonly action?: string;
  readonly feature?: string;
  readonly begunBy: string;
  readonly why: string;
}

const directions = ["INBOUND", "OUTBOUND", "UNKNOWN"];
const service = ["detail", "service"];
const roles = ["ACTOR", "TARGET", undefined];
const documented = cases<{ type: string; resource: string }>("guardduty-types")
  .filter(({ resource }) => /\bInstance\b/.test(resource))
  .map(({ type }) => type)
  .filter((type) => playbookFor({ source: "guardduty", resourceType: "Instance", type }));

function actionOf(action: string | undefined): object {
  if (action === undefined) return {};
  return directions.includes(action)
    ? {
        actionType: "NETWORK_CONNECTION",
        networkConnectionAction: { connectionDirection: action, protocol: "TCP" },
      }
    : { actionType: action };
}

/** The finding about an instance, of one case and with one role. */
function eventOf({ type, action, feature }: Case, role: string | undefined): Json {
  const parts: readonly (readonly [string, unknown])[] = [
    ["action", actionOf(action)],
    ["featureName", feature],
    ["resourceRole", role],
  ];
  return parts.reduce(
    (event, [name, value]) =>
      value === undefined
        ? removed(event, [...service, name])
        : spoiled(event, [...service, name], value),
    spoiled(fixture("guardduty-instance"), ["detail", "type"], type),
  );
}

function detected(event: Json) {
  const found = detectGuardDuty(event, "123456789012");
  if (found.kind !== "incident") throw new Error(`${found.kind}, not an incident`);
  return found.incident.finding.begunBy;
}

describe("who began what GuardDuty reports of an instance [C10]", () => {
  for (const each of cases<Case>("begun-by")) {
    const { type, action = "no action", feature } = each;
    const seen = [action, feature].filter((some) => some !== undefined).join(" and ");
    it(`is ${each.begunBy} for ${type} with ${seen}: ${each.why}`, () => {
      for (const role of roles) {
        const found = detected(eventOf(each, role));
        expect(found?.who, `with role ${role}`).to.equal(each.begunBy);
        expect(found?.why, `with role ${role}`).to.have.length.above(10);
      }
    });
  }

  it("is judged of every documented type about an instance, and cased by every action it bears", () => {
    expect(documented).to.have.lengthOf(88);
    expect(Object.keys(instanceTypes)).to.have.members(documented);
    const cased = new Set(cases<Case>("begun-by").map(({ type }) => type));
    expect([...cased]).to.include.members(documented);
  });

  it("rests on what is written as GuardDuty writes it, and on nothing else", () => {
    const type = "UnauthorizedAccess:EC2/SSHBruteForce";
    const connection = (networkConnectionAction: unknown) => ({
      actionType: "NETWORK_CONNECTION",
      networkConnectionAction,
    });
    const unreadable = [
      null,
      "OUTBOUND",
      [],
      { actionType: 1 },
      { actionType: "dns_request" },
      { connectionDirection: "OUTBOUND" },
      connection(null),
      connection("OUTBOUND"),
      connection({ connectionDirection: "outbound" }),
      connection({ connectionDirection: ["OUTBOUND"] }),
    ];
    for (const action of unreadable) {
      const event = spoiled(fixture("guardduty-instance"), ["detail", "type"], type);
      const found = detected(spoiled(event, [...service, "action"], action));
      expect(found?.who, JSON.stringify(action)).to.equal("unclear");
    }
    expect(begunBy({ type, featureName: ["RuntimeMonitoring"] }).who).to.equal("unclear");
    // A type is not looked up among what every object has.
    expect(begunBy({ type: "constructor" }).who).to.equal("unclear");
  });

  it("says on what it rests", () => {
    const why = (type: string, action?: string, featureName?: string) =>
      begunBy({ type, action: actionOf(action), featureName }).why;
    expect([
      why("UnauthorizedAccess:EC2/TorRelay", "OUTBOUND"),
      why("Backdoor:EC2/C&CActivity.B!DNS", "DNS_REQUEST"),
      why("UnauthorizedAccess:EC2/SSHBruteForce", "INBOUND"),
      why("Recon:EC2/PortProbeUnprotectedPort", "PORT_PROBE"),
      why("Execution:Runtime/ReverseShell", undefined, "RuntimeMonitoring"),
      why("Backdoor:Runtime/C&CActivity.B", "OUTBOUND", "RuntimeMonitoring"),
      why("Execution:EC2/MaliciousFile", undefined, "EbsVolumeScan"),
      why("Recon:EC2/Portscan"),
      why("Recon:EC2/PortProbeUnprotectedPort"),
      why("UnauthorizedAccess:EC2/SSHBruteForce", "UNKNOWN"),
      why("UnauthorizedAccess:EC2/TorRelay", "INBOUND"),
      why("Recon:EC2/Portscan", "INBOUND"),
      why("Recon:EC2/PortProbeUnprotectedPort", "OUTBOUND"),
      why("Trojan:Runtime/DropPoint", "INBOUND", "RuntimeMonitoring"),
      why("Trojan:EC2/NewTrick", "OUTBOUND"),
      why("Trojan:EC2/NewTrick"),
    ]).to.deep.equal([
      "it opened the connection",
      "it sent the DNS query",
      "a remote host opened the connection",
      "a remote host probed its ports",
      "GuardDuty's agent on it saw the activity",
      "it opened the connection",
      "GuardDuty found the file on its volume",
      "Recon:EC2/Portscan reports what an instance does itself",
      "Recon:EC2/PortProbeUnprotectedPort reports what others do to an instance",
      "the finding does not say which side opened the connection",
      "a remote host opened the connection, but a backdoor may have answered",
      "a remote host opened the connection, but Recon:EC2/Portscan reports what an instance does itself",
      "it opened the connection, but Recon:EC2/PortProbeUnprotectedPort reports what others do to an instance",
      "GuardDuty's agent on it saw the activity, but a remote host opened the connection",
      "it opened the connection, but Cordon's catalogue does not list Trojan:EC2/NewTrick",
      "Cordon's catalogue does not list Trojan:EC2/NewTrick",
    ]);
  });
});
