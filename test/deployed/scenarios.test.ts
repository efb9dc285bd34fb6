import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { whyExpected } from "../../local/drill/report";
import { scenarios } from "../../local/drill/scenarios";
import { DrillSession } from "../../local/drill/session";
import { measure } from "../../local/drill/timeline";
import { security } from "../../local/gateway/accounts";
import { type LocalOrganization, openLocalOrganization } from "../../local/organization";
import { cordon } from "../support/check/seeded";
import { type Deployed, deployed } from "./deployed";

describe("the deployed program [P1] [V1] [V2]", () => {
  let here: Deployed;
  /** Calls recorded before: other tests break the same deployment on purpose. */
  let recorded = 0;
  let unknown = 0;
  before("deploy into the local organization", async () => {
    here = await deployed();
    recorded = here.organization.gateway.record.entries.length;
    unknown = here.organization.gateway.record.unknown.length;
  });

  it("is deployed by the real engine; a second deployment changes nothing, as far as the local provider can see", () => {
    expect(here.first.changes).to.have.all.keys("create");
    expect(here.second.changes).to.have.all.keys("same");
    expect(here.second.changes.same).to.equal(here.first.changes.create);
  });

  it("is emulated but for what GuardDuty, Security Hub and Config do to the organization", () => {
    const counts = new Map<string, number>();
    for (const recorded of here.first.recordedNotEmulated) {
      const type = recorded.split(" ")[0]!;
      counts.set(type, (counts.get(type) ?? 0) + 1);
    }
    // Of GuardDuty for each of the two regions, six features included.
    expect(Object.fromEntries(counts)).to.deep.equal({
      "aws:cfg/organizationConformancePack:OrganizationConformancePack": 2,
      "aws:guardduty/iPSet:IPSet": 2,
      "aws:guardduty/organizationConfiguration:OrganizationConfiguration": 2,
      "aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature": 12,
      "aws:guardduty/publishingDestination:PublishingDestination": 2,
      "aws:securityhub/actionTarget:ActionTarget": 3,
      "aws:securityhub/configurationPolicy:ConfigurationPolicy": 1,
      "aws:securityhub/configurationPolicyAssociation:ConfigurationPolicyAssociation": 1,
      "aws:securityhub/findingAggregator:FindingAggregator": 1,
      "aws:securityhub/organizationConfiguration:OrganizationConfiguration": 1,
    });
  });

  for (const scenario of scenarios) {
    it(`runs ${scenario.name}: ${scenario.title}`, async () => {
      const { session } = here;
      const first = session.checks.length;
      const answered = session.events.length;
      await scenario.run(session, here.seeds.get(scenario));
      const checks = session.checks.slice(first);
      expect(checks.length).to.be.greaterThan(2);
      const failed = checks.filter((check) => !check.ok).map((check) => check.what);
      // What was answered shows why: an answer's reason says what held it back.
      const answers = session.events
        .slice(answered)
        .map(({ outcome, reason }) => `${outcome}: ${reason}`);
      expect(failed, answers.join("\n")).to.deep.equal([]);
    });
  }

  it("has IAM refuse none of its calls, and makes none that is unknown here", () => {
    const calls = here.organization.gateway.record.entries
      .slice(recorded)
      .filter(({ origin }) => origin === "cordon" || origin === "service");
    expect(calls.length).to.be.greaterThan(200);
    const refused = calls.filter((call) => !call.allowed && whyExpected(call) === undefined);
    expect(refused.map((call) => `${call.principal} ${call.action}`)).to.deep.equal([]);
    expect(here.organization.gateway.record.unknown.slice(unknown)).to.deep.equal([]);
  });

  it("changes nothing in a member account before its journal entry is written", () => {
    // The record is in order of arrival; a call under a member role is named after its incident.
    const journalled = new Set<string>();
    const premature: string[] = [];
    for (const call of here.organization.gateway.record.entries) {
      if (call.origin !== "cordon") continue;
      const begins = ["dynamodb:PutItem", "dynamodb:TransactWriteItems"].includes(call.action);
      if (begins) {
        const item = JSON.stringify(call.request);
        for (const [id] of item.matchAll(/[0-9a-f]{16}-\d+/g)) journalled.add(id);
      }
      const incident = /cordon-([0-9a-f]{16}-\d+)$/.exec(call.principal)?.[1];
      if (call.mutating && incident !== undefined && !journalled.has(incident)) {
        premature.push(`${call.action} for ${incident}`);
      }
    }
    expect(journalled.size).to.be.greaterThan(3);
    expect(premature).to.deep.equal([]);
  });

  it("measures a response from its own record of calls", () => {
    const call = (ms: number, endMs: number, action: string, request = {}) =>
      ({ ms, endMs, action, request, status: 200 }) as never;
    const swap = (ms: number, eni: string) =>
      call(ms, ms + 10, "ec2:ModifyNetworkInterfaceAttribute", { NetworkInterfaceId: eni });
    const found = measure(
      [
        call(0, 10, "ec2:DescribeInstances"),
        call(2, 12, "dynamodb:Query"),
        swap(20, "eni-1"),
        swap(21, "eni-2"),
        swap(40, "eni-1"),
        swap(42, "eni-2"),
        swap(60, "eni-1"),
        swap(63, "eni-2"),
        call(80, 95, "sns:Publish"),
      ],
      0,
      ["eni-1", "eni-2"],
    );
    expect(found).to.include({
      quarantinedMs: 31,
      quarantinedChain: 2,
      quarantinedPathMs: 20,
      isolatedMs: 73,
      isolatedChain: 4,
      isolatedPathMs: 40,
      containedMs: 95,
      containedChain: 5,
      containedPathMs: 55,
      calls: 9,
    });
  });
});

describe("the program deployed in dry run", () => {
  it("plans, records and notifies once, and changes nothing", async () => {
    const organization = await openLocalOrganization({ config: { "cordon:mode": "dry-run" } });
    try {
      const session = new DrillSession(organization);
      const [scenario] = scenarios;
      const seeded = await scenario?.seed?.(session);
      await organization.up();
      await scenario?.run(session, seeded);
      expect(session.checks).to.have.length(5);
      expect(session.checks.filter((check) => !check.ok)).to.deep.equal([]);
      await showsThePolicy(organization);
    } finally {
      await organization.close();
    }
  });
});

/** Has the command show the policy of a deployment in dry run, and what it would have done in enforce. */
async function showsThePolicy({ gateway }: LocalOrganization) {
  const policy = {
    notifyFrom: 4,
    automaticFrom: 7,
    playbooks: {
      "contain-instance": { response: "automatic" },
      "contain-access-key": { response: "automatic" },
      "revoke-sessions": { response: "automatic" },
      "contain-sequence": { response: "automatic" },
    },
    rules: [],
  };
  const owner = { sessionToken: "", ...gateway.callers.trusted(security.id, "owner", "seed") };
  const shown = await cordon(["policy", "--json"], gateway, owner);
  expect([shown.code, JSON.parse(shown.lines.join(""))]).to.deep.equal([
    0,
    { mode: "dry-run", policy },
  ]);
  const file = join(mkdtempSync(join(tmpdir(), "cordon-")), "policy.yaml");
  const rules = [
    { units: ["ou-cord-workloads"], playbooks: ["contain-instance"], response: "automatic" },
  ];
  writeFileSync(file, JSON.stringify({ ...policy, playbooks: {}, rules }));
  const compared = await cordon(["policy", "--with", file, "--json"], gateway, owner);
  const { incidents, differences } = JSON.parse(compared.lines.join("\n"));
  expect(incidents).to.equal(1);
  expect(differences.map(({ was, would }: Record<string, string>) => [was, would])).to.deep.equal([
    ["dry run", "automatic"],
  ]);
}
