/**
 * Reads a finding in the Open Cybersecurity Schema Framework (OCSF), as Security Hub writes it, into the
 * fields that ASFF has for the same: both formats are then judged alike.
 */
import * as z from "zod/mini";
import type { AsffFinding, AsffResource, SeverityLabel } from "./asff";
import { accountId, timestamp } from "./detected";

const text = z.catch(z.optional(z.string()), undefined);
const whole = z.catch(z.optional(z.int()), undefined);
const time = z.catch(z.optional(timestamp), undefined);

const resource = z.object({
  type: z.string(),
  uid: z.string(),
  name: text,
  cloud_partition: text,
  region: text,
  owner: z.catch(
    z.optional(z.object({ account: z.catch(z.optional(z.object({ uid: accountId })), undefined) })),
    undefined,
  ),
  data: z.catch(z.optional(z.record(z.string(), z.unknown())), undefined),
});

/** The classes of findings: OCSF, category 2. Its severity and status have the same ids in each. */
export const ocsfFinding = z.object({
  class_uid: z.int().check(z.gte(2000), z.lt(3000)),
  activity_id: whole,
  cloud: z.object({ account: z.object({ uid: accountId }), region: text }),
  metadata: z.object({ product: z.object({ uid: z.string(), name: text }) }),
  finding_info: z.object({
    uid: z.string().check(z.minLength(1), z.maxLength(512)),
    title: text,
    types: z.catch(z.optional(z.array(z.string())), undefined),
    first_seen_time_dt: time,
    last_seen_time_dt: time,
    modified_time_dt: time,
  }),
  severity_id: whole,
  /** What the product itself says; an account's own updates of a finding leave it as it is. */
  vendor_attributes: z.catch(z.optional(z.object({ severity_id: whole })), undefined),
  status_id: whole,
  compliance: z.catch(z.optional(z.object({ status_id: whole, control: text })), undefined),
  resources: z.array(resource).check(z.minLength(1)),
});
type OcsfFinding = z.infer<typeof ocsfFinding>;

/** Severities by their id: of unknown (0) and other (99) ones a person is notified, and not paged. */
const labels: Readonly<Record<number, SeverityLabel>> = {
  0: "MEDIUM",
  1: "INFORMATIONAL",
  2: "LOW",
  3: "MEDIUM",
  4: "HIGH",
  5: "CRITICAL",
  // Fatal.
  6: "CRITICAL",
  99: "MEDIUM",
};

/** What the status, by its id, is as a workflow status: archived (5) and deleted (6) are an end, too. */
const statuses: Readonly<Record<number, NonNullable<AsffFinding["Workflow"]>["Status"]>> = {
  1: "NEW",
  2: "NOTIFIED",
  3: "SUPPRESSED",
  4: "RESOLVED",
  5: "RESOLVED",
  6: "RESOLVED",
};

const compliance: Readonly<Record<number, NonNullable<AsffFinding["Compliance"]>["Status"]>> = {
  0: "NOT_AVAILABLE",
  1: "PASSED",
  2: "WARNING",
  3: "FAILED",
};

/** Security Hub's names in ASFF of the types that Cordon tells apart. */
const types: Readonly<Record<string, string>> = {
  "AWS::EC2::Instance": "AwsEc2Instance",
  "AWS::IAM::AccessKey": "AwsIamAccessKey",
  "AWS::IAM::Role": "AwsIamRole",
  "AWS::IAM::User": "AwsIamUser",
};

/** Writes the finding with ASFF's fields. The product's ARN is the one that ASFF has for it. */
export function asAsff(found: OcsfFinding): AsffFinding {
  const { finding_info: info, metadata, cloud, vendor_attributes: vendor } = found;
  const status = statuses[found.status_id ?? 1];
  return {
    Id: info.uid,
    ProductArn: metadata.product.uid.replace(":productv2/", ":product/"),
    ProductName: metadata.product.name,
    AwsAccountId: cloud.account.uid,
    Region: cloud.region,
    // "Threats", "Posture Management" and the like come beside the product's own type.
    Types: [info.types?.find((type) => /[/:]/.test(type)) ?? info.types?.[0] ?? ""],
    Title: info.title,
    Severity: severity(found.severity_id),
    FindingProviderFields: { Severity: severity(vendor?.severity_id), Types: undefined },
    FirstObservedAt: info.first_seen_time_dt,
    LastObservedAt: info.last_seen_time_dt,
    UpdatedAt: info.modified_time_dt,
    Workflow: status && { Status: status },
    Compliance: found.compliance && {
      Status: compliance[found.compliance.status_id ?? 0],
      SecurityControlId: found.compliance.control,
    },
    // An account may set the status. What it sets is an update, and only the product closes a finding.
    RecordState: found.activity_id === 3 && found.status_id === 5 ? "ARCHIVED" : "ACTIVE",
    Resources: found.resources.map(asAsffResource),
  };
}

function severity(id: number | undefined): AsffFinding["Severity"] {
  if (id === undefined) return undefined;
  return { Label: labels[id], Normalized: undefined, Product: undefined };
}

function asAsffResource({
  type,
  uid,
  cloud_partition,
  region,
  owner,
  data,
}: OcsfFinding["resources"][number]): AsffResource {
  const isKey = type === "AWS::IAM::AccessKey";
  return {
    Type: Object.hasOwn(types, type) ? (types[type] ?? type) : type,
    Id: isKey && !uid.startsWith("arn:") ? `AWS::IAM::AccessKey:${uid}` : uid,
    Partition: cloud_partition,
    Region: region,
    Owner: owner?.account?.uid,
    ...(isKey && {
      Details: {
        AwsIamAccessKey: {
          PrincipalType: data?.user_type,
          PrincipalName: data?.user_name,
          PrincipalId: data?.principal_id,
          AccessKeyId: data?.access_key_id ?? uid.split(":").pop(),
        },
      },
    }),
  };
}
