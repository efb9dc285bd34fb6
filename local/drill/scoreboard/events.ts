/** Writes the events of a technique's reports, of the stage that it is played on. */
import { publicBucket } from "../../samples/account-events";
import { accessKeyFinding } from "../../samples/credentials";
import { importedAsff } from "../../samples/imported-findings";
import { complianceChange } from "../../services/compliance-change";
import type { EventBridgeEvent } from "../../services/eventbridge/events";
import { site } from "../scenarios/credential-checks";
import { type Abused, outsider } from "./abused";
import type { Stage } from "./stage";
import type { Report, Technique } from "./technique";

/** Writes one report's event, at this time. */
export async function eventOf(
  technique: Technique,
  report: Report,
  stage: Stage,
  at: Date,
): Promise<EventBridgeEvent> {
  switch (report.by) {
    case "guardduty":
      return findingOf(technique, report, stage, at);
    case "access-analyzer":
      return accessOf(stage.abused);
    case "config":
      return complianceChange({
        ...site,
        rule: `${report.rule}-conformance-pack-a1b2c3d4e`,
        ...subjectOf(stage),
        now: "NON_COMPLIANT",
        at,
      });
    case "security-hub":
      return importedAsff({
        ...site,
        product: "aws/securityhub",
        id: `arn:aws:securityhub:${site.region}:${site.account}:security-control/${report.control}/finding/5e6f7081`,
        type: "Software and Configuration Checks/Industry and Regulatory Standards",
        title: technique.name,
        severity: "HIGH",
        account: site.account,
        control: report.control,
      });
  }
}

async function findingOf(
  { call }: Technique,
  { type, severity }: Extract<Report, { by: "guardduty" }>,
  { thief, abused }: Stage,
  at: Date,
): Promise<EventBridgeEvent> {
  const [service = "", api = ""] = call.split(":");
  const finding = accessKeyFinding({
    ...site,
    ...thief.principal,
    accessKeyId: (await thief.credentials()).accessKeyId,
    type,
    severity,
    api,
    serviceName: `${service}.amazonaws.com`,
    lastSeen: at,
  });
  const detail = finding.detail as { readonly resource: object };
  // Of custom rules' findings the guide does not say what they are about: of what CloudTrail's management
  // events show they name who called, at least, and what its service has a member of the finding for.
  const resourceType = /^\w+:S3\/AnomalousBehavior/.test(type) ? "S3Bucket" : "AccessKey";
  const isNamed = !/^\w+:IAMUser\//.test(type);
  return {
    ...finding,
    detail: {
      ...detail,
      resource: { ...detail.resource, resourceType, ...(isNamed && abused && named(abused)) },
    },
  };
}

function named({ kind, id, arn }: Abused): object {
  switch (kind) {
    case "bucket":
      return { s3BucketDetails: [{ arn, name: id, type: "Destination" }] };
    case "function":
      return { lambdaDetails: { functionArn: arn, functionName: id } };
    case "image":
      return { ec2ImageDetails: { imageArn: arn } };
    case "instance":
      return { instanceDetails: { instanceId: id } };
    case "snapshot":
      return { ebsSnapshotDetails: { snapshotArn: arn } };
    default:
      return {};
  }
}

const analyzed: Partial<Record<Abused["kind"], readonly [string, readonly string[]]>> = {
  bucket: ["AWS::S3::Bucket", ["s3:GetObject", "s3:ListBucket"]],
  "database snapshot": ["AWS::RDS::DBSnapshot", ["rds:CopyDBSnapshot"]],
  function: ["AWS::Lambda::Function", ["lambda:InvokeFunction"]],
  role: ["AWS::IAM::Role", ["sts:AssumeRole"]],
  snapshot: ["AWS::EC2::Snapshot", ["ec2:CreateVolume"]],
};

function accessOf(abused: Abused | undefined): EventBridgeEvent {
  const [resourceType, action] = (abused && analyzed[abused.kind]) ?? [];
  if (abused === undefined || resourceType === undefined) {
    throw new Error(`Access Analyzer finds no access to ${abused?.kind}`);
  }
  const event = publicBucket(site, abused.id);
  // The list's own function is open to everybody, and its other resources to one account.
  const isPublic = abused.kind === "function";
  const principal = { AWS: isPublic ? "*" : outsider };
  const found = { resourceType, resource: abused.arn, principal, action, isPublic };
  return { ...event, detail: { ...event.detail, ...found } };
}

function subjectOf({ thief, abused }: Stage): { resourceType: string; resource: string } {
  return abused?.kind === "security group"
    ? { resourceType: "AWS::EC2::SecurityGroup", resource: abused.id }
    : { resourceType: "AWS::IAM::User", resource: thief.principal.principalId };
}
