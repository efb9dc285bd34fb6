import {
  GetDetectorCommand,
  GetFilterCommand,
  GuardDutyClient,
  ListDetectorsCommand,
  ListOrganizationAdminAccountsCommand,
} from "@aws-sdk/client-guardduty";
import {
  OrganizationsClient,
  paginateListDelegatedServicesForAccount,
} from "@aws-sdk/client-organizations";
import {
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { allOf, trustedConfig } from "../../local/gateway/client";
import { type Deployed, deployed } from "./deployed";

const security = "123456789012";
const management = "111122223333";

describe("detection, deployed [P1] [P2] [P11]", () => {
  let here: Deployed;
  before("deploy into the local organization", async () => {
    here = await deployed();
  });
  const at = (account: string, region: string) =>
    trustedConfig(here.organization.gateway, account, "observer", region);

  for (const region of ["us-east-1", "eu-west-1"]) {
    it(`has one detector with every feature and the filter of the settings in ${region}`, async () => {
      const guardDuty = new GuardDutyClient(at(security, region));
      const { DetectorIds = [] } = await guardDuty.send(new ListDetectorsCommand({}));
      expect(DetectorIds.length).to.equal(1);
      const DetectorId = DetectorIds[0]!;
      const { Features, FindingPublishingFrequency, Tags } = await guardDuty.send(
        new GetDetectorCommand({ DetectorId }),
      );
      expect(Features?.map(({ Name, Status }) => `${Name} ${Status}`).sort()).to.deep.equal([
        "EBS_MALWARE_PROTECTION ENABLED",
        "EKS_AUDIT_LOGS ENABLED",
        "LAMBDA_NETWORK_LOGS ENABLED",
        "RDS_LOGIN_EVENTS ENABLED",
        "RUNTIME_MONITORING ENABLED",
        "S3_DATA_EVENTS ENABLED",
      ]);
      const runtime = Features?.find(({ Name }) => Name === "RUNTIME_MONITORING");
      expect(runtime?.AdditionalConfiguration).to.deep.equal([
        { Name: "EKS_ADDON_MANAGEMENT", Status: "ENABLED" },
        { Name: "ECS_FARGATE_AGENT_MANAGEMENT", Status: "ENABLED" },
        { Name: "EC2_AGENT_MANAGEMENT", Status: "ENABLED" },
      ]);
      expect({ FindingPublishingFrequency, Tags }).to.deep.equal({
        FindingPublishingFrequency: "FIFTEEN_MINUTES",
        Tags: { cordon: "detection" },
      });
      const filter = await guardDuty.send(
        new GetFilterCommand({ DetectorId, FilterName: "scanner" }),
      );
      expect([filter.Action, filter.Rank, filter.FindingCriteria?.Criterion]).to.deep.equal([
        "ARCHIVE",
        1,
        {
          type: { Equals: ["Recon:EC2/Portscan"] },
          "service.action.networkConnectionAction.remoteIpDetails.ipAddressV4": {
            Equals: ["198.51.100.10"],
          },
        },
      ]);
      const { AdminAccounts } = await new GuardDutyClient(at(management, region)).send(
        new ListOrganizationAdminAccountsCommand({}),
      );
      expect(AdminAccounts?.map(({ AdminAccountId }) => AdminAccountId)).to.deep.equal([security]);
    });

    it(`keeps the trusted addresses of ${region} in a bucket that takes TLS only`, async () => {
      const s3 = new S3Client(at(security, region));
      const Bucket = `cordon-trusted-addresses-123456789012-${region}`;
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
      expect(Contents.length).to.equal(1);
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: Contents[0]!.Key }));
      expect(await Body?.transformToString()).to.equal("198.51.100.0/24\n");
      const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
      expect(JSON.parse(Policy ?? "").Statement).to.deep.equal([
        {
          Sid: "OverTlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ]);
    });
  }

  it("makes the security account the administrator of these services and no others", async () => {
    const client = new OrganizationsClient(at(management, "us-east-1"));
    const services = await allOf(
      paginateListDelegatedServicesForAccount({ client }, { AccountId: security }),
      ({ DelegatedServices }) => DelegatedServices,
    );
    expect(services.map(({ ServicePrincipal }) => ServicePrincipal).sort()).to.deep.equal([
      "config-multiaccountsetup.amazonaws.com",
      "guardduty.amazonaws.com",
      "member.org.stacksets.cloudformation.amazonaws.com",
      "securityhub.amazonaws.com",
    ]);
  });

  it("calls from the deployment into the management account nothing but delegation and policies", () => {
    const calls = here.organization.gateway.record.entries.filter(
      ({ account, principal, mutating }) =>
        account === management && principal.includes("/cordon-deploy") && mutating,
    );
    expect([...new Set(calls.map(({ action }) => action))].sort()).to.deep.equal([
      "guardduty:EnableOrganizationAdminAccount",
      "iam:CreateServiceLinkedRole",
      "iam:TagRole",
      "organizations:AttachPolicy",
      "organizations:CreatePolicy",
      "organizations:EnableAWSServiceAccess",
      "organizations:RegisterDelegatedAdministrator",
      "securityhub:EnableOrganizationAdminAccount",
    ]);
  });
});
