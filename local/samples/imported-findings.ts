/** Findings as Security Hub imports them, in both of its formats. */
import { randomUUID } from "node:crypto";
import { homeRegion, security } from "../gateway/accounts";
import { type EventBridgeEvent, inEnvelope } from "../gateway/wire/event";

export interface ImportedShape {
  /** "aws/inspector". */
  readonly product: string;
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly type: string;
  readonly title: string;
  readonly severity: "MEDIUM" | "HIGH" | "CRITICAL";
  readonly instance: string;
  /** ARN of something else that a finding in ASFF is about. @default the instance */
  readonly resource?: string;
  /** Id of the control that fails. @default no control */
  readonly control?: string;
}

/** Writes the event of Security Hub CSPM, in ASFF; without an instance, of a finding about the account. */
export function importedAsff(
  shape: Omit<ImportedShape, "instance"> & Partial<Pick<ImportedShape, "instance">>,
): EventBridgeEvent {
  const { product, account, region, id, type, title, severity, instance, control, resource } =
    shape;
  const time = new Date().toISOString();
  const arn = `arn:aws:securityhub:${region}::product/${product}`;
  const rated = { Label: severity, Normalized: { MEDIUM: 40, HIGH: 70, CRITICAL: 90 }[severity] };
  return imported("Security Hub Findings - Imported", `${arn}/${id}`, {
    SchemaVersion: "2018-10-08",
    Id: id,
    ProductArn: arn,
    ProductName: product.split("/").pop(),
    CompanyName: "AWS",
    Region: region,
    GeneratorId: product,
    AwsAccountId: account,
    Types: [type],
    CreatedAt: time,
    UpdatedAt: time,
    Severity: rated,
    FindingProviderFields: { Severity: rated, Types: [type] },
    Title: title,
    Description: title,
    Resources: [
      {
        ...(resource !== undefined
          ? { Type: "Other", Id: resource }
          : instance === undefined
            ? { Type: "AwsAccount", Id: `AWS::::Account:${account}` }
            : {
                Type: "AwsEc2Instance",
                Id: `arn:aws:ec2:${region}:${account}:instance/${instance}`,
              }),
        Partition: "aws",
        Region: region,
      },
    ],
    ...(control && { Compliance: { Status: "FAILED", SecurityControlId: control } }),
    WorkflowState: "NEW",
    Workflow: { Status: "NEW" },
    RecordState: "ACTIVE",
  });
}

/** Writes the event of Security Hub's later edition, in OCSF. */
export function importedOcsf(
  shape: ImportedShape & { readonly instance: string },
): EventBridgeEvent {
  const { product, account, region, id, type, title, severity, instance, control } = shape;
  const at = new Date();
  const severity_id = { MEDIUM: 3, HIGH: 4, CRITICAL: 5 }[severity];
  const uid = randomUUID().replaceAll("-", "").repeat(2);
  return imported("Findings Imported V2", uid, {
    activity_id: 1,
    category_uid: 2,
    class_uid: control ? 2003 : 2004,
    cloud: { account: { uid: account }, provider: "AWS", region },
    finding_info: { uid: id, title, types: [type], modified_time_dt: at.toISOString() },
    metadata: {
      product: { name: product, uid: `arn:aws:securityhub:${region}::productv2/${product}` },
      uid,
      version: "1.6.0",
    },
    severity_id,
    vendor_attributes: { severity_id },
    status_id: 1,
    ...(control && { compliance: { control, status: "Fail", status_id: 3 } }),
    resources: [
      {
        type: "AWS::EC2::Instance",
        uid: instance,
        cloud_partition: "aws",
        region,
        owner: { account: { uid: account } },
      },
    ],
    time: at.getTime(),
    time_dt: at.toISOString(),
  });
}

/** Puts one finding into an event of the home region, where Security Hub aggregates all regions'. */
function imported(type: string, resource: string, finding: object): EventBridgeEvent {
  return inEnvelope(
    { account: security.id, region: homeRegion },
    {
      source: "aws.securityhub",
      "detail-type": type,
      time: new Date().toISOString(),
      resources: [resource],
      detail: { findings: [finding] },
    },
  );
}
