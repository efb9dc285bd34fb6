import { expect } from "chai";
import { detectGuardDuty } from "../../../../functions/detect/guardduty";
import * as builders from "../../../support/builders";
import { fixture } from "../../../support/cases";
import { spoiled } from "../../../support/events";
import { answered, SimulatedWorld } from "../../../support/simulated-world";

describe("a finding about an instance, by who began what it reports [C10]", () => {
  const connection = (connectionDirection: string) => ({
    actionType: "NETWORK_CONNECTION",
    networkConnectionAction: { connectionDirection },
  });
  /** As GuardDuty sends it: its role is TARGET, whoever began. */
  const sent = (type: string, action: object, name = "guardduty-instance") => {
    const event = spoiled(fixture(name), ["detail", "type"], type);
    const acted = spoiled(event, ["detail", "service", "action"], action);
    const role = ["detail", "service", "resourceRole"];
    const detected = detectGuardDuty(spoiled(acted, role, "TARGET"), "123456789012");
    if (detected.kind !== "incident") throw new Error(`${detected.kind}, not an incident`);
    return detected.incident;
  };

  for (const [what, found, outcome] of [
    [
      "the instance connects to a Tor relay",
      sent("UnauthorizedAccess:EC2/TorRelay", connection("OUTBOUND")),
      "contained",
    ],
    [
      "a process on it escapes its container",
      sent("PrivilegeEscalation:Runtime/CGroupsReleaseAgentModified", {}, "guardduty-runtime"),
      "contained",
    ],
    [
      "others guess its passwords",
      sent("UnauthorizedAccess:EC2/SSHBruteForce", connection("INBOUND")),
      "notified",
    ],
    [
      "a command and control server connects to it",
      sent("Backdoor:EC2/C&CActivity.B", connection("INBOUND")),
      "awaiting-approval",
    ],
  ] as const) {
    it(`is ${outcome}: ${what}`, async () => {
      const world = new SimulatedWorld(builders.standardAccount());
      expect(answered(await world.answer(found)).outcome).to.equal(outcome);
      expect(world.changes.length > 0).to.equal(outcome === "contained");
      expect(world.notices).to.have.lengthOf(1);
    });
  }

  it("records and announces the plan where it is unclear, and says why it asks", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(sent("Backdoor:EC2/C&CActivity.B", connection("INBOUND")));
    expect(world.items[`${builders.incidentKey}-1`]?.status).to.equal("planned");
    expect(world.notices[0]?.text).to.include("\nPlanned steps\n");
    expect(world.notices[0]?.text).to.include(
      "  - It is unclear who began the activity (a remote host opened the connection, but a backdoor may have answered): an outsider may have chosen what would be isolated",
    );
  });
});
