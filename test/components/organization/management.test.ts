import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Management, type ManagementArgs } from "../../../components/organization/management";
import { discoverDetection } from "../../../deploy/discover";
import { type Calls, providerError, record } from "../../support/recorder";

const management = () => new aws.Provider("management", { region: "us-east-1" });

function deployed(
  designate?: Pick<NonNullable<ManagementArgs["designate"]>, "guardDutyRoleExists">,
  conformancePack = true,
) {
  return record(() => {
    const existing = (name: string) =>
      new pulumi.ComponentResource("test:index:Stands", name) as pulumi.Resource;
    new Management(
      "management",
      {
        homeRegion: "us-east-1",
        securityAccount: "444455556666",
        conformancePack,
        ...(designate && {
          designate: {
            ...designate,
            guardDuty: { "us-east-1": existing("gd-us"), "eu-west-1": existing("gd-eu") },
            securityHub: existing("hub"),
            retained: {},
          },
        }),
      },
      { providers: [management()] },
    );
  });
}

const made = ({ resources }: Awaited<ReturnType<typeof deployed>>) =>
  resources
    .filter(({ type }) => type.startsWith("aws:"))
    .map(({ type, inputs, provider }) => {
      expect(provider).to.equal("management");
      return { type: type.split(":").at(-1), ...inputs };
    });

const delegations = [
  { type: "AwsServiceAccess", servicePrincipal: "config-multiaccountsetup.amazonaws.com" },
  {
    type: "DelegatedAdministrator",
    accountId: "444455556666",
    servicePrincipal: "member.org.stacksets.cloudformation.amazonaws.com",
  },
  {
    type: "DelegatedAdministrator",
    accountId: "444455556666",
    servicePrincipal: "config-multiaccountsetup.amazonaws.com",
  },
];
const designations = [
  { type: "OrganizationAdminAccount", adminAccountId: "444455556666", region: "us-east-1" },
  { type: "OrganizationAdminAccount", adminAccountId: "444455556666", region: "eu-west-1" },
  // Security Hub's, in the home region only.
  { type: "OrganizationAdminAccount", adminAccountId: "444455556666", region: "us-east-1" },
];

describe("the management account [P2]", () => {
  it("delegates StackSets and conformance packs where others run the detectors", async () => {
    expect(made(await deployed())).to.deep.equal(delegations);
  });

  it("leaves AWS Config's administration to others where there is no conformance pack", async () => {
    expect(made(await deployed(undefined, false))).to.deep.equal([
      {
        type: "DelegatedAdministrator",
        accountId: "444455556666",
        servicePrincipal: "member.org.stacksets.cloudformation.amazonaws.com",
      },
    ]);
  });

  it("designates one after the other, once GuardDuty has its role", async () => {
    expect(made(await deployed({ guardDutyRoleExists: false }))).to.deep.equal([
      ...delegations,
      {
        type: "ServiceLinkedRole",
        awsServiceName: "guardduty.amazonaws.com",
        tags: { cordon: "detection" },
      },
      ...designations,
    ]);
  });

  it("leaves a role of GuardDuty's alone that is not Cordon's", async () => {
    expect(made(await deployed({ guardDutyRoleExists: true }))).to.deep.equal([
      ...delegations,
      ...designations,
    ]);
  });
});

describe("existing GuardDuty resources [P2]", () => {
  const none = "reading this account's single GuardDuty Detector: empty result";
  const calls =
    (answers: {
      readonly detectors?: Readonly<Record<string, object>>;
      readonly role?: object;
      readonly notes?: Readonly<Record<string, string>>;
    }): Calls =>
    ({ token, inputs, provider }) => {
      switch (token) {
        case "aws:guardduty/getDetector:getDetector": {
          expect(provider).to.not.contain("management");
          const found = answers.detectors?.[inputs.region];
          if (!found) throw providerError(none);
          return found;
        }
        case "aws:iam/getRoles:getRoles":
          expect(provider).to.contain("::management::");
          expect(inputs.pathPrefix).to.equal("/aws-service-role/guardduty.amazonaws.com/");
          return answers.role ? { names: ["AWSServiceRoleForAmazonGuardDuty"] } : { names: [] };
        case "aws:iam/getRole:getRole":
          expect(inputs.name).to.equal("AWSServiceRoleForAmazonGuardDuty");
          return answers.role ?? {};
        case "aws:ssm/getParametersByPath:getParametersByPath": {
          expect(provider).to.not.contain("management");
          expect(inputs).to.include({ path: "/cordon/retained", region: "us-east-1" });
          const notes = Object.entries(answers.notes ?? {});
          return { names: notes.map(([name]) => name), values: notes.map(([, value]) => value) };
        }
        default:
          throw new Error(`unexpected invoke ${token}`);
      }
    };
  const found = async (answers: Parameters<typeof calls>[0]) =>
    (
      await record(
        () => discoverDetection(management(), "us-east-1", ["us-east-1", "eu-west-1"]),
        calls(answers),
      )
    ).result;

  it("is nothing in a new organization", async () => {
    expect(await found({})).to.deep.equal({
      detectors: {},
      guardDutyRoleExists: false,
      retained: {},
    });
  });

  it("is what others created", async () => {
    expect(
      await found({
        detectors: { "eu-west-1": { id: "d2", tags: { owner: "soc" } } },
        role: { tags: {} },
      }),
    ).to.deep.equal({ detectors: { "eu-west-1": "d2" }, guardDutyRoleExists: true, retained: {} });
  });

  it("excludes what an earlier deployment created", async () => {
    expect(
      await found({
        detectors: { "us-east-1": { id: "d1", tags: { cordon: "detection" } } },
        role: { tags: { cordon: "detection" } },
      }),
    ).to.deep.equal({ detectors: {}, guardDutyRoleExists: false, retained: {} });
  });

  it("is imported where a destroyed deployment retained it", async () => {
    const notes = {
      "/cordon/retained/resources/guardduty-eu-west-1-detector": "d1@eu-west-1",
      "/cordon/retained/resources/security-hub-account": "444455556666",
    };
    expect((await found({ notes })).retained).to.deep.equal({
      "guardduty-eu-west-1-detector": "d1@eu-west-1",
      "security-hub-account": "444455556666",
    });
    // An existing deployment has what it declares in its state.
    const declared = {
      ...notes,
      "/cordon/retained/declared": "management-security-hub,security-hub-account",
    };
    expect((await found({ notes: declared })).retained).to.deep.equal({
      "guardduty-eu-west-1-detector": "d1@eu-west-1",
    });
  });

  it("is unknown when AWS does not answer, and then nothing is deployed", async () => {
    const denied: Calls = () => {
      throw providerError("reading this account's single GuardDuty Detector: AccessDenied");
    };
    const outcome = await record(
      () => discoverDetection(management(), "us-east-1", ["us-east-1"]),
      denied,
    ).catch((error: Error) => error);
    expect(String(outcome)).to.contain("AccessDenied");
  });
});
