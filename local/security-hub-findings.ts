/** GuardDuty's findings about instances as Security Hub sends them when a person chooses an action. */
import { randomBytes, randomUUID } from "node:crypto";
import type { CustomAction } from "../functions/security-hub-actions";
import type { EventBridgeEvent } from "./events";
import { homeRegion, security } from "./organization";

export interface SentInstanceShape {
  readonly action: CustomAction;
  readonly account: string;
  readonly region: string;
  readonly instance: string;
  /** When the person chose the action. @default now */
  readonly at?: Date;
}

const detector = "d0c0ffee000000000000000000000001";
const service = "aws/guardduty/service";

/**
 * Writes the event of one finding that was selected. It comes from the home region, where findings
 * of all regions are gathered and where the action stands; the finding keeps its own region.
 */
export function sentInstance(shape: SentInstanceShape): EventBridgeEvent {
  const { action, account, region, instance, at = new Date() } = shape;
  const time = at.toISOString();
  const id = `arn:aws:guardduty:${region}:${security.id}:detector/${detector}/finding/${randomBytes(16).toString("hex")}`;
  const product = `arn:aws:securityhub:${region}::product/aws/guardduty`;
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Security Hub Findings - Custom Action",
    source: "aws.securityhub",
    account: security.id,
    time,
    region: homeRegion,
    resources: [`arn:aws:securityhub:${homeRegion}:${security.id}:action/custom/${action}`],
    detail: {
      actionName: action,
      actionDescription: action,
      findings: [
        {
          SchemaVersion: "2018-10-08",
          Id: id,
          ProductArn: product,
          ProductName: "GuardDuty",
          CompanyName: "Amazon",
          Region: region,
          GeneratorId: `arn:aws:guardduty:${region}:${security.id}:detector/${detector}`,
          AwsAccountId: account,
          // GuardDuty's own table gives its types in ASFF.
          Types: ["TTPs/Command and Control/CryptoCurrency:EC2-BitcoinTool.B"],
          FirstObservedAt: time,
          LastObservedAt: time,
          CreatedAt: time,
          UpdatedAt: time,
          // Such a finding nothing answers by itself.
          Severity: { Product: 5, Label: "MEDIUM", Normalized: 50, Original: "5" },
          Title: `${instance} talks to an address known for cryptocurrency mining.`,
          Description: `The instance ${instance} queries an address associated with mining.`,
          ProductFields: {
            [`${service}/serviceName`]: "guardduty",
            [`${service}/detectorId`]: detector,
            [`${service}/resourceRole`]: "TARGET",
            [`${service}/archived`]: "false",
            [`${service}/action/actionType`]: "NETWORK_CONNECTION",
            "aws/securityhub/FindingId": `${product}/${id}`,
            "aws/securityhub/ProductName": "GuardDuty",
            "aws/securityhub/CompanyName": "Amazon",
          },
          Resources: [
            {
              Type: "AwsEc2Instance",
              Id: `arn:aws:ec2:${region}:${account}:instance/${instance}`,
              Partition: "aws",
              Region: region,
              Details: { AwsEc2Instance: { Type: "t3.large" } },
            },
          ],
          WorkflowState: "NEW",
          Workflow: { Status: "NEW" },
          RecordState: "ACTIVE",
        },
      ],
    },
  };
}
