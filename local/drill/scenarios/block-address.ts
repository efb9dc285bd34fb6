/** Scenario: outsiders attack instances; their addresses are blocked for a day, and none that matters. */
import { GetIPSetCommand, ListIPSetsCommand, WAFV2Client } from "@aws-sdk/client-wafv2";
import { homeRegion, members, security } from "../../gateway/accounts";
import { ownerConfig } from "../../gateway/client";
import { instanceFinding } from "../../samples/guardduty";
import { type SeededInstance, seedInstance, seedVpc } from "../../seeds/networks";
import { cordonAnswered } from "../people";
import type { DrillSession } from "../session";
import { release, type Scenario } from "./scenario";

const [shop] = members as [(typeof members)[number]];
const site = { account: shop.id, region: homeRegion };
const attacker = "11.0.0.7";
const office = "12.0.0.0/8";

const policy = {
  notifyFrom: 2,
  automaticFrom: 7,
  playbooks: {
    "contain-instance": { response: "automatic" },
    "block-address": { response: "automatic", automaticFrom: 5 },
  },
};

export const blockAddress: Scenario = {
  name: "block-address",
  title: "Outsiders attack instances: their addresses are blocked for a day, none that matters",
  config: {
    policy: JSON.stringify(policy),
    blockAddresses: JSON.stringify({ hours: 24, neverBlock: [office] }),
  },
  async seed({ organization: { gateway } }) {
    const vpc = await seedVpc(gateway, site, { groups: ["web"], ssmEndpoints: false });
    const make = () => seedInstance(gateway, vpc, { interfaces: [["web"]], volumes: 1 });
    return [await make(), await make()];
  },
  async run(session, seeded) {
    const [one, other] = seeded as readonly [SeededInstance, SeededInstance];
    await forTwo(session, one, other);
    await notOthers(session, one);
    await byCommand(session);
  },
};

async function forTwo(session: DrillSession, one: SeededInstance, other: SeededInstance) {
  const first = await attack(session, one, attacker);
  session.check(
    "the instance is left alone, and who attacked it is blocked",
    first.notified && first.incident !== null && (await blocked(session)) === "11.0.0.7/32",
  );
  const second = await attack(session, other, attacker);
  session.check(
    "the same address at another instance is an incident of its own",
    second.incident !== null && second.incident !== first.incident,
  );
  const report = await release(session, first.incident ?? "");
  session.check(
    "of two incidents that want it blocked, the release of one leaves it",
    report.outcome === "released" && (await blocked(session)) === "11.0.0.7/32",
  );
  await release(session, second.incident ?? "");
  session.check("the release of the last one takes it out", (await blocked(session)) === "");
}

async function notOthers(session: DrillSession, one: SeededInstance) {
  const own = await attack(session, one, "12.1.2.3");
  const shared = await attack(session, one, "11.0.0.8", "CLOUDFLARENET");
  session.check(
    "an address that is never to be blocked is not, and of a shared one people are asked",
    own.outcome === "logged" && shared.outcome === "awaiting-approval",
  );
  session.check("neither is blocked", (await blocked(session)) === "");
}

async function byCommand(session: DrillSession) {
  const { gateway } = session.organization;
  const analyst = gateway.callers.trusted(security.id, "analyst", "seed");
  const contain = (address: string) =>
    cordonAnswered(
      session,
      analyst,
      ...["contain", `address/${address}`, "--account", shop.id, "--region", homeRegion],
      ...["--reason", "it attacks our shop"],
    );
  const refused = await contain("12.1.2.3");
  session.check(
    "nor by command",
    refused.status === 1 &&
      refused.stdout.includes("neverBlock") &&
      (await blocked(session)) === "",
  );
  const asked = await contain(attacker);
  session.check(
    "a person has an address blocked by command",
    asked.status === 0 && (await blocked(session)) === "11.0.0.7/32",
  );
  await session.organization.pass(82_800);
  await session.organization.watch();
  session.check("it stays blocked for its day", (await blocked(session)) === "11.0.0.7/32");
  await session.organization.pass(3_600);
  await session.organization.watch();
  session.check(
    "then it is released, and nobody need think of it",
    (await blocked(session)) === "",
  );
}

/** Has GuardDuty report that somebody reached in; says what became of the instance and of the address. */
async function attack(
  session: DrillSession,
  { account, region, id }: SeededInstance,
  address: string,
  network = "Example Transit",
) {
  const event = instanceFinding({
    account,
    region,
    instance: id,
    type: "UnauthorizedAccess:EC2/SSHBruteForce",
    severity: 5,
    direction: "INBOUND",
    remote: { address, network },
    lastSeen: session.organization.lambda.now(),
  });
  const { results } = await session.inject(event, `scenario block-address, ${address}`);
  const [ofInstance, ofAddress] = results;
  return {
    notified: ofInstance?.outcome === "notified",
    outcome: ofAddress?.outcome,
    incident: ofAddress?.incident ?? null,
  };
}

async function blocked({ organization: { gateway } }: DrillSession): Promise<string> {
  const waf = new WAFV2Client(ownerConfig(gateway, shop.id));
  const Name = "cordon-blocked-ipv4";
  const Scope = "REGIONAL";
  const { IPSets = [] } = await waf.send(new ListIPSetsCommand({ Scope, Limit: 100 }));
  const Id = IPSets.find((each) => each.Name === Name)?.Id;
  const { IPSet } = await waf.send(new GetIPSetCommand({ Name, Scope, Id }));
  return (IPSet?.Addresses ?? ["no set"]).join();
}
