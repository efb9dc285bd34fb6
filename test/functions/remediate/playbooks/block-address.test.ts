/** An address of an outsider: blocked for some hours where the policy says so, for as long as any incident wants it. */
import { expect } from "chai";
import { detectAddress } from "../../../../functions/detect/remote-address";
import type { Incident } from "../../../../functions/model/incident";
import type { Wanted } from "../../../../functions/record/requests";
import * as builders from "../../../support/builders";
import { fixture } from "../../../support/cases";
import { type Json, spoiled } from "../../../support/events";
import { answered, SimulatedWorld } from "../../../support/simulated-world";

const attacker = "11.0.0.7";
const [one, other] = ["i-0a1b2c3d4e5f60718", "i-0a1b2c3d4e5f60719"] as const;

/** A finding that somebody at an address reached into an instance. */
function attack(
  instance: string,
  address = attacker,
  more: Record<string, unknown> = {},
): Incident {
  const changes: readonly (readonly [readonly string[], unknown])[] = [
    [["detail", "type"], "UnauthorizedAccess:EC2/SSHBruteForce"],
    [["detail", "resource", "instanceDetails", "instanceId"], instance],
    [[...connection, "connectionDirection"], "INBOUND"],
    [[...connection, "remoteIpDetails", "ipAddressV4"], address],
    ...Object.entries(more).map(([path, value]) => [path.split("."), value] as const),
  ];
  const event = changes.reduce<Json>(
    (each, [path, value]) => spoiled(each, path, value),
    fixture("guardduty-instance"),
  );
  const detected = detectAddress(event, address, String(event.account));
  if ("refused" in detected) throw new Error(detected.refused);
  return detected.incident;
}
const connection = ["detail", "service", "action", "networkConnectionAction"];

const policy = {
  stage: builders.stagePolicy({ playbooks: { "block-address": { response: "automatic" } } }),
  blocking: { hours: 24, neverBlock: ["12.0.0.0/8"] },
};

function world(...blocked: string[]): SimulatedWorld {
  return new SimulatedWorld({ ...builders.standardAccount(), blocked });
}

const wanted = (contain: string): Wanted => ({
  contain,
  account: builders.account,
  region: "eu-central-1",
  reason: "it attacks our shop",
});

describe("the playbook that blocks addresses [R10]", () => {
  it("blocks who attacked an instance, for the hours that are set", async () => {
    const here = world("11.0.0.1");
    const ending = answered(await here.answer(attack(one), { policy }));
    expect(ending.outcome).to.equal("contained");
    expect(here.state.blocked).to.deep.equal(["11.0.0.1", attacker]);
    expect(here.notices[0]?.subject).to.equal(
      "[Cordon] Blocked: address 11.0.0.7, which attacked i-0a1b2c3d4e5f60718 (UnauthorizedAccess:EC2/SS...",
    );
    expect(here.notices[0]?.text).to.include(
      "\nDone and verified\n  - block 11.0.0.7 in IP set cordon-blocked-ipv4 of AWS WAF, until 2026-11-21T10:05:00.000Z\n",
    );
    // What blocks an address has nobody's event history read.
    expect(here.followUps).to.deep.equal([]);
  });

  it("keeps it blocked until the last incident that wants it ends", async () => {
    const here = world();
    const { incident: first = "" } = answered(await here.answer(attack(one), { policy }));
    const { incident: second = "" } = answered(await here.answer(attack(other), { policy }));
    expect(second).not.to.equal(first);
    expect(here.state.blocked).to.deep.equal([attacker]);
    const report = answered(await here.release(first));
    expect(report.outcome).to.equal("released");
    expect(here.state.blocked).to.deep.equal([attacker]);
    expect(here.notices.at(-1)?.text).to.include(
      "\nLeft in place by design\n  - Take 11.0.0.7 out of IP set cordon-blocked-ipv4 by hand, unless another open incident wants it blocked: WAF console, IP sets.\n",
    );
    expect(answered(await here.release(second)).outcome).to.equal("released");
    expect(here.state.blocked).to.deep.equal([]);
  });

  it("takes it out although both are being released at once", async () => {
    const here = world();
    const { incident: first = "" } = answered(await here.answer(attack(one), { policy }));
    const { incident: second = "" } = answered(await here.answer(attack(other), { policy }));
    const died = await here.release(first, { death: { at: 4, when: "before" } });
    expect(died.kind).to.equal("died");
    expect(answered(await here.release(second)).outcome).to.equal("released");
    expect(here.state.blocked).to.deep.equal([]);
  });

  it("releases it by itself when its time is over, and not before", async () => {
    const here = world();
    const { incident = "" } = answered(await here.answer(attack(one), { policy }));
    here.pass(86_399_000);
    const early = answered(await here.end(incident));
    expect([early.outcome, early.reason]).to.deep.equal([
      "refused",
      `Incident ${incident} is not over`,
    ]);
    expect(here.state.blocked).to.deep.equal([attacker]);
    here.pass(1_000);
    expect(answered(await here.end(incident)).outcome).to.equal("released");
    expect(here.state.blocked).to.deep.equal([]);
    const { text = "" } = here.notices.at(-1) ?? {};
    expect(text).to.match(/^Requester +Cordon$/m);
    expect(text).to.match(/^Reason +its time was over at 2026-11-21T10:05:00\.000Z$/m);
    expect(answered(await here.end(incident)).outcome).to.equal("logged");
  });

  it("ends no incident of another kind", async () => {
    const here = world();
    const { incident = "" } = answered(await here.answer(builders.incident()));
    here.pass(365 * 86_400_000);
    expect(answered(await here.end(incident)).outcome).to.equal("refused");
    expect(answered(await here.end("none")).outcome).to.equal("logged");
  });

  it("applies it again where somebody took it out", async () => {
    const here = world();
    const { incident = "" } = answered(await here.answer(attack(one), { policy }));
    here.state.blocked = [];
    answered(await here.watch(incident.split("-")[0] ?? "", { policy }));
    expect(here.state.blocked).to.deep.equal([attacker]);
  });

  const asks: Readonly<Record<string, readonly [Record<string, unknown>, string]>> = {
    "a network that many share": [
      { [`${connection.join(".")}.remoteIpDetails.organization.asnOrg`]: "CLOUDFLARENET" },
      "many share the addresses of its network, CLOUDFLARENET, Example Transit",
    ],
    "AWS's own": [
      { [`${connection.join(".")}.remoteIpDetails.organization.org`]: "Amazon.com" },
      "many share the addresses of its network, Example Transit, Amazon.com",
    ],
    "a network that is not said": [
      { [`${connection.join(".")}.remoteIpDetails.organization`]: undefined },
      "the finding does not say whose network it is",
    ],
    "a protocol whose sender may be forged": [
      { [`${connection.join(".")}.protocol`]: "UDP" },
      "only TCP shows that the sender is who it says",
    ],
  };
  for (const [what, [change, why]] of Object.entries(asks)) {
    it(`asks first about ${what}`, async () => {
      const here = world();
      const ending = answered(await here.answer(attack(one, attacker, change), { policy }));
      expect(ending.outcome).to.equal("awaiting-approval");
      expect(here.notices[0]?.text).to.include(
        `It is unclear whom blocking 11.0.0.7 hits: ${why}\n`,
      );
      expect(here.state.blocked).to.deep.equal([]);
    });
  }

  const never: Readonly<Record<string, readonly [string, string]>> = {
    "a private address": [
      "10.1.2.3",
      "10.1.2.3 is a private address: no outsider comes from there",
    ],
    "AWS's metadata": [
      "169.254.169.254",
      "169.254.169.254 is a link-local address, as AWS's metadata, DNS and time have: no outsider comes from there",
    ],
    "a carrier's NAT": [
      "100.64.0.1",
      "100.64.0.1 is an address behind a carrier's NAT: no outsider comes from there",
    ],
    "a public resolver": ["8.8.8.8", "8.8.8.8 is a public DNS resolver"],
    "an address of ours": ["12.1.2.3", "12.1.2.3 is in neverBlock of cordon:blockAddresses"],
  };
  for (const [what, [address, why]] of Object.entries(never)) {
    it(`never blocks ${what}, whoever asks`, async () => {
      const here = world();
      const found = answered(await here.answer(attack(one, address), { policy }));
      expect([found.outcome, found.reason]).to.deep.equal(["logged", `Not blocked: ${why}`]);
      const asked = answered(
        await here.askFor(wanted(`address/${address}`), "block-address", { policy }),
      );
      expect([asked.outcome, asked.reason]).to.deep.equal(["notified", `Not blocked: ${why}`]);
      expect(here.state.blocked).to.deep.equal([]);
      expect(here.changes).to.deep.equal([]);
    });
  }

  it("blocks nothing where the deployment does not, the account has no sets, or the set is full", async () => {
    const full = world(...Array.from({ length: 10_000 }, (_, n) => `13.0.${n >> 8}.${n & 255}`));
    const bare = new SimulatedWorld(builders.standardAccount());
    const off = world();
    const reasons = [
      await full.answer(attack(one), { policy }),
      await bare.answer(attack(one), { policy }),
      await off.answer(attack(one), { policy: { stage: policy.stage } }),
    ].map((each) => answered(each).reason);
    expect(reasons).to.deep.equal([
      "IP set cordon-blocked-ipv4 is full: it has 10000 addresses, and WAF takes no more",
      "Account 222233334444 has no IP set cordon-blocked-ipv4 in eu-central-1",
      "Not blocked: This deployment blocks no addresses: cordon:blockAddresses is empty",
    ]);
    expect([...full.changes, ...bare.changes, ...off.changes]).to.deep.equal([]);
  });

  it("blocks what a person asks for, where it is clear to nobody else", async () => {
    const here = world();
    const asked = answered(
      await here.askFor(wanted(`address/${attacker}`), "block-address", { policy }),
    );
    expect(asked.outcome).to.equal("contained");
    expect(here.requests.items[0]?.answer?.outcome).to.equal("contained");
    expect(here.state.blocked).to.deep.equal([attacker]);
  });

  it("is in dry run unless the policy names it", async () => {
    const here = world();
    const { blocking } = policy;
    const ending = answered(await here.answer(attack(one), { policy: { blocking } }));
    expect(ending.outcome).to.equal("dry-run");
    expect(here.state.blocked).to.deep.equal([]);
  });

  it("tries again where another run has changed the set since it was read", async () => {
    const here = world();
    const lost = Object.assign(new Error("changed"), { name: "WAFOptimisticLockException" });
    let times = 0;
    const ending = answered(
      await here.answer(attack(one), {
        policy,
        fault: ({ method }) => (method === "addresses.change" && ++times <= 2 ? lost : undefined),
      }),
    );
    expect([ending.outcome, times]).to.deep.equal(["contained", 3]);
  });

  it("leaves it to the run that works on it, and ends it when that has died", async () => {
    const here = world();
    const { incident = "" } = answered(await here.answer(attack(one), { policy }));
    here.pass(86_400_000);
    const died = await here.end(incident, { death: { at: 4, when: "before" } });
    expect(died.kind).to.equal("died");
    expect(answered(await here.end(incident)).outcome).to.equal("logged");
    here.pass(126_000);
    expect(answered(await here.end(incident)).outcome).to.equal("released");
    expect(here.state.blocked).to.deep.equal([]);
  });

  it("ends nothing by a plan that no responder sealed, and says so once a day", async () => {
    const here = world();
    const { incident = "" } = answered(await here.answer(attack(one), { policy }));
    here.pass(86_400_000);
    const [item] = Object.values(here.items);
    Object.assign(item?.record.plan.stages[0]?.steps[0] ?? {}, { address: "11.0.0.1" });
    const outcomes: string[] = [];
    for (const hours of [0, 1, 24]) {
      here.pass(hours * 3_600_000);
      outcomes.push(answered(await here.end(incident)).outcome);
    }
    expect(outcomes).to.deep.equal(["refused", "logged", "refused"]);
    expect(here.state.blocked).to.deep.equal([attacker]);
  });
});
