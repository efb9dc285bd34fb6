/** Reads a finding in the AWS Security Finding Format (ASFF), by whichever event it comes. */
import * as z from "zod/mini";
import type { Finding } from "../model/finding";
import { plain } from "../model/plain-text";
import type { Place } from "../model/resource";
import { accountId, idOf, regionName, timestamp, titleLimit } from "./detected";
import { bounded } from "./finding-lines";

const resource = z.object({
  Type: z.string(),
  Id: z.string(),
  Partition: z.optional(z.string()),
  Region: z.optional(z.string()),
  /** Not of ASFF: OCSF says whose each resource is. */
  Owner: z.optional(accountId),
  Details: z.optional(z.unknown()),
});
export type AsffResource = z.infer<typeof resource>;

const label = z.enum(["INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"]);
export type SeverityLabel = z.infer<typeof label>;

/** What is of another shape is left out: no value that one of them lacks may hide the others. */
const severity = z.object({
  Label: z.catch(z.optional(label), undefined),
  Normalized: z.catch(z.optional(z.number()), undefined),
  Product: z.catch(z.optional(z.number()), undefined),
});

export const asffFinding = z.object({
  Id: z.string().check(z.minLength(1), z.maxLength(512)),
  ProductArn: z.catch(z.optional(z.string()), undefined),
  ProductName: z.catch(z.optional(z.string()), undefined),
  AwsAccountId: accountId,
  Region: z.optional(z.string()),
  Types: z.optional(z.array(z.string())),
  Title: z.optional(z.string()),
  Severity: z.optional(severity),
  /** What the product itself says; an account's own updates of a finding leave it as it is. */
  FindingProviderFields: z.catch(
    z.optional(
      z.object({
        Severity: z.catch(z.optional(severity), undefined),
        Types: z.catch(z.optional(z.array(z.string())), undefined),
      }),
    ),
    undefined,
  ),
  FirstObservedAt: z.optional(timestamp),
  LastObservedAt: z.optional(timestamp),
  UpdatedAt: z.optional(timestamp),
  Sample: z.optional(z.boolean()),
  ProductFields: z.optional(z.record(z.string(), z.unknown())),
  RecordState: z.catch(z.optional(z.enum(["ACTIVE", "ARCHIVED"])), undefined),
  Workflow: z.catch(
    z.optional(z.object({ Status: z.enum(["NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED"]) })),
    undefined,
  ),
  Compliance: z.catch(
    z.optional(
      z.object({
        Status: z.catch(
          z.optional(z.enum(["PASSED", "WARNING", "FAILED", "NOT_AVAILABLE"])),
          undefined,
        ),
        SecurityControlId: z.catch(z.optional(z.string()), undefined),
      }),
    ),
    undefined,
  ),
  Resources: z.array(resource).check(z.minLength(1)),
});
export type AsffFinding = z.infer<typeof asffFinding>;

/** Where a finding places a resource. */
export interface Placed {
  readonly place: Place;
  /** The region that the resource, or else the finding, names. */
  readonly region: string | undefined;
}

/** Reads where a resource is: in the account of its finding, and the region that either names. */
export function placeOf(found: AsffFinding, { Region }: AsffResource): Placed {
  // Of a global resource the region may be "aws-global": any region will do.
  const region = [Region, found.Region].find((each) => regionName.safeParse(each).success);
  return { place: { account: found.AwsAccountId, region: region ?? "us-east-1" }, region };
}

/** Reads what the whole of a finding says, whatever it is about, that is in a place. */
export function readAsff(found: AsffFinding, place: Place): Finding {
  return {
    id: idOf(found.Id.split("/").pop()),
    type: guardDutyType(found.Types?.[0] ?? ""),
    severity: scoreOf(found.Severity) ?? 0,
    // Any account may import findings of its own, and write into them what it likes.
    title: plain(found.Title ?? "", titleLimit) || "A finding of Security Hub",
    sample: found.Sample === true || found.ProductFields?.[guardDutySample] === "true",
    named: bounded(
      found.Resources.map(({ Type, Id }) => `${Type} ${Id}`),
      { most: 30, limit: 200 },
    ),
    ...(found.FirstObservedAt && { firstSeen: found.FirstObservedAt }),
    lastSeen: found.LastObservedAt ?? found.UpdatedAt ?? new Date(0).toISOString(),
    ...inSecurityHub(found),
    link: `https://${place.region}.console.aws.amazon.com/securityhub/home?region=${place.region}#/findings`,
  };
}

/** A product's ARN, of AWS, a partner or an account: the region is where the finding arose. */
export const productArn =
  /^arn:aws:securityhub:[a-z]{2}(?:-[a-z]+)+-\d:(\d{12})?:product\/([\w-]+\/[\w-]+)$/;

function inSecurityHub({
  Id: id,
  ProductArn: product = "",
}: AsffFinding): Pick<Finding, "inSecurityHub"> {
  // Security Hub takes no id without a character that shows.
  return productArn.test(product) && id.trim() !== "" ? { inSecurityHub: { id, product } } : {};
}

/** GuardDuty's own mark of a sample, as Security Hub keeps it. */
const guardDutySample = "aws/guardduty/service/additionalInfo/sample";

/**
 * The normalized severities of each label, and the one that Security Hub gives a label alone: the least
 * (API reference, "Severity").
 */
const bands: Readonly<Record<SeverityLabel, readonly [least: number, most: number]>> = {
  INFORMATIONAL: [0, 0],
  LOW: [1, 39],
  MEDIUM: [40, 69],
  HIGH: [70, 89],
  CRITICAL: [90, 100],
};

/**
 * Turns a severity of Security Hub, which counts to 100, into one of 0 to 10. The label counts, and the
 * normalized severity only within the label's band; what the product counts, as it likes, without both.
 */
function scoreOf(severity: AsffFinding["Severity"]): number | undefined {
  const { Label, Normalized, Product } = severity ?? {};
  const within = (value: number, least: number, most: number) =>
    Math.min(Math.max(value, least), most);
  if (Label === undefined) {
    if (Normalized !== undefined) return within(Normalized, 0, 100) / 10;
    return Product === undefined ? undefined : within(Product, 0, 10);
  }
  const [least, most] = bands[Label];
  const isInBand = Normalized !== undefined && Normalized >= least && Normalized <= most;
  return (isInBand ? Normalized : least) / 10;
}

/**
 * Scores an imported finding. What its account makes of the severity may raise what the product says, and
 * never lower it.
 *
 * @returns undefined where neither says one
 */
export function highestScore(found: AsffFinding): number | undefined {
  const scores = [found.Severity, found.FindingProviderFields?.Severity].map(scoreOf);
  const known = scores.filter((score) => score !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** Names the band of a severity of 0 to 10. */
export function labelOf(severity: number): SeverityLabel {
  const normalized = Math.floor(severity * 10 + 1e-9);
  const labels = Object.keys(bands) as SeverityLabel[];
  return labels.findLast((each) => normalized >= bands[each][0]) ?? "INFORMATIONAL";
}

/** Resources that GuardDuty's guide names in types of Security Hub which leave the purpose out. */
const withoutPurpose = /^(EC2|IAMUser|RDS)[-:](.+)$/;

/**
 * Turns a type as Security Hub has it into GuardDuty's own name. GuardDuty's guide lists both for each
 * type: most are "TTPs/Initial Access/Trojan:EC2-DropPoint", and the rest differ as below. Other
 * products' types keep their last part.
 */
export function guardDutyType(written: string): string {
  const [category = "", name = ""] = ["", ...written.split("/")].slice(-2);
  if (!/^[\w!&.: -]{3,150}$/.test(name)) return "unknown type";
  const purpose = category.replaceAll(" ", "");
  // TTPs/PenTest:IAMUser/KaliLinux
  if (/^\w+:\w+$/.test(category)) return `${category}/${name}`;
  // TTPs/Credential Access/IAMUser-AnomalousBehavior, TTPs/DefenseEvasion/EC2:Unusual-DNS-Resolver
  const [, resource, rest = ""] = withoutPurpose.exec(name) ?? [];
  if (resource !== undefined && /^[A-Z]\w+$/.test(purpose)) {
    return `${purpose}:${resource}/${rest.replaceAll("-", "")}`;
  }
  const [, of, detail] = /^(\w+:\w+)-(.+)$/.exec(name) ?? [];
  if (of === undefined) return name;
  // TTPs/AnomalousBehavior/Discovery:Kubernetes-PermissionChecked
  return category === "AnomalousBehavior" ? `${of}/${category}.${detail}` : `${of}/${detail}`;
}
