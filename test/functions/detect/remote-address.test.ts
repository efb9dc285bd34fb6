import { expect } from "chai";
import { detectGuardDuty } from "../../../functions/detect/guardduty";
import { attackersOf, detectAddress } from "../../../functions/detect/remote-address";
import { fixture } from "../../support/cases";
import { type Json, spoiled } from "../../support/events";

const security = String(fixture("guardduty-instance").account);
const action = ["detail", "service", "action"];
const remote = [...action, "networkConnectionAction", "remoteIpDetails"];

/** The finding that somebody reached in, with these values changed. */
function event(...changes: readonly (readonly [readonly string[], unknown])[]): Json {
  const inbound: readonly (readonly [readonly string[], unknown])[] = [
    [["detail", "type"], "UnauthorizedAccess:EC2/SSHBruteForce"],
    [[...action, "networkConnectionAction", "connectionDirection"], "INBOUND"],
    [[...remote, "ipAddressV4"], "11.0.0.7"],
  ];
  return [...inbound, ...changes].reduce<Json>(
    (each, [path, value]) => spoiled(each, path, value),
    fixture("guardduty-instance"),
  );
}

function attackers(given: Json) {
  const detected = detectGuardDuty(given, security);
  return attackersOf(detected.kind === "incident" ? detected.incident : undefined, given);
}

const probe = (...addresses: readonly string[]) =>
  [
    action,
    {
      actionType: "PORT_PROBE",
      portProbeAction: {
        portProbeDetails: addresses.map((ipAddressV4) => ({ remoteIpDetails: { ipAddressV4 } })),
      },
    },
  ] as const;

describe("functions/detect/remote-address [R10]", () => {
  it("names who reached in, and asks about nobody whose network is clear", () => {
    expect(attackers(event())).to.deep.equal([{ address: "11.0.0.7" }]);
  });

  it("takes an IPv6 address where the finding has that one", () => {
    const given = event(
      [[...remote, "ipAddressV4"], undefined],
      [[...remote, "ipAddressV6"], "2A00:0::7"],
    );
    expect(attackers(given)).to.deep.equal([{ address: "2a00::7" }]);
  });

  it("names nobody where the instance began, or no address is one", () => {
    const outbound = event([
      [...action, "networkConnectionAction", "connectionDirection"],
      "OUTBOUND",
    ]);
    expect(attackers(outbound)).to.deep.equal([]);
    for (const text of ["", "11.0.0.0/24", "attacker.example", "011.0.0.7"]) {
      expect(attackers(event([[...remote, "ipAddressV4"], text])), text).to.deep.equal([]);
    }
  });

  it("asks about each of those who probed, once, and lists ten at most", () => {
    const type = [["detail", "type"], "Recon:EC2/PortProbeUnprotectedPort"] as const;
    const two = attackers(event(type, probe("11.0.0.7", "11.0.0.8", "11.0.0.7")));
    expect(two).to.deep.equal(
      ["11.0.0.7", "11.0.0.8"].map((address) => ({
        address,
        asks: `It is unclear whom blocking ${address} hits: a probe shows no connection: its sender may be forged`,
      })),
    );
    const many = Array.from({ length: 30 }, (_, n) => `11.0.0.${n}`);
    expect(attackers(event(type, probe(...many)))).to.have.length(10);
  });

  it("refuses an address that the finding does not name, and an event of another account", () => {
    expect(detectAddress(event(), "12.0.0.1", security)).to.deep.equal({
      refused: "The finding names no outsider at 12.0.0.1",
    });
    expect(detectAddress(event(), "11.0.0.7", "999988887777")).to.deep.equal({
      refused: `The event comes from account ${security}; findings are accepted only from the security account 999988887777`,
    });
    expect(detectAddress(undefined, "11.0.0.7", security)).to.deep.equal({
      refused: "The message is not JSON",
    });
  });

  it("leaves the finding in Security Hub to the instance", () => {
    const detected = detectAddress(event(), "11.0.0.7", security);
    if ("refused" in detected) throw new Error(detected.refused);
    expect(detected.incident.finding.inSecurityHub).to.equal(undefined);
    expect(detected.incident.resource).to.deep.equal({
      kind: "address",
      id: "11.0.0.7",
      attacked: String(
        (
          fixture("guardduty-instance") as never as {
            detail: { resource: { instanceDetails: { instanceId: string } } };
          }
        ).detail.resource.instanceDetails.instanceId,
      ),
    });
  });
});
