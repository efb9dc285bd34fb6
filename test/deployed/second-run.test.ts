import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { GuardDuty } from "../../components/hub/guardduty";
import { accountProvider } from "../../components/organization/account-provider";
import { DirectBaseline } from "../../components/organization/baseline/direct-baseline";
import { keyRotationPart } from "../../components/organization/baseline/key-rotation";
import { members, security } from "../../local/gateway/accounts";
import { type LocalOrganization, openLocalOrganization } from "../../local/organization";
import type { Engine } from "../../local/organization/engine";
import { readSettings } from "../../settings";
import { readDetection } from "../../settings/detection";

const account = members[0]?.id ?? "";
const role = `arn:aws:iam::${account}:role/cordon-report-key-rotation`;
const setting = JSON.stringify([
  {
    name: "lab",
    criteria: {
      updatedAt: { lessThan: 1769860800000 },
      "service.eventFirstSeen": { greaterThan: "2026-01-31T12:00:00Z" },
      severity: { greaterThanOrEqual: 4 },
    },
  },
]);

/** What Cordon gave before, of the inputs by which a resource is known. */
let spoiled: Readonly<Record<string, (inputs: Record<string, unknown>) => object>> = {};
const spoil: pulumi.ResourceTransform = ({ type, props, opts }) => {
  const change = spoiled[type];
  return change && { props: { ...props, ...change(props) }, opts };
};

/** The parts of the program whose resources the real provider reads back in another form. */
async function program() {
  const settings = readSettings();
  const member = accountProvider("member", { ...settings, account });
  new DirectBaseline(
    "rotation",
    { part: keyRotationPart(settings), place: { account, region: "us-east-1" } },
    { provider: member, transforms: [spoil] },
  );
  const texts: Readonly<Record<string, string>> = {
    detection: "existing",
    guardDutyFeatures: "[]",
    suppressionFilters: setting,
    trustedAddresses: "[]",
    publishFindings: "false",
    securityHub: "adopt",
    securityHubStandards: "[]",
    securityHubRegions: "governed",
  };
  const detection = readDetection((key) => texts[key]);
  new GuardDuty(
    "gd",
    { ...settings, ...detection, region: "us-east-1", retained: {} },
    {
      provider: new aws.Provider("security", { region: "us-east-1" }),
      transforms: [spoil],
    },
  );
  return {};
}

describe("a second run of the engine [V1]", () => {
  let organization: LocalOrganization;
  let engine: Engine;

  before("deploy", async () => {
    organization = await openLocalOrganization({ config: { memberDeployment: "direct" } });
    engine = await organization.stack({ project: "", account: security.id, program });
    await engine.up();
  });
  after(() => organization?.close());

  it("changes nothing", async () => {
    expect(Object.keys((await engine.up()).changes)).to.deep.equal(["same"]);
  });

  const cases = {
    "a remediation's parameters in another order, and its only value as a list": {
      "aws:cfg/remediationConfiguration:RemediationConfiguration": () => ({
        parameters: [
          { name: "ResourceId", resourceValue: "RESOURCE_ID" },
          { name: "AutomationAssumeRole", staticValues: [role] },
        ],
      }),
    },
    "a filter that compares with 0": {
      "aws:guardduty/filter:Filter": () => ({
        findingCriteria: { criterions: [{ field: "severity", greaterThanOrEqual: "0" }] },
      }),
    },
  };
  for (const [what, change] of Object.entries(cases)) {
    it(`changes on and on ${what}`, async () => {
      spoiled = change;
      for (let run = 0; run < 3; run++) expect((await engine.up()).changes.update).to.equal(1);
    });
  }

  it("is never reached by a filter that gives updatedAt in milliseconds", async () => {
    spoiled = {
      "aws:guardduty/filter:Filter": () => ({
        findingCriteria: { criterions: [{ field: "updatedAt", lessThan: "1769860800000" }] },
      }),
    };
    const message = await engine.up().then(
      () => "done",
      (error: Error) => error.message,
    );
    expect(message).to.contain("the provider takes for updatedAt a date of RFC 3339");
  });
});
