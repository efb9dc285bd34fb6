/**
 * The events by which Security Hub reports the findings that it imports, and their patterns. It sends one
 * for each finding, new or updated, to the account of its administrator; the home region has those of all
 * regions (user guides, "EventBridge event formats").
 */
import { matcher } from "./event-pattern";

/** The event of Security Hub CSPM: a finding in ASFF. */
export const importedEvents = {
  source: "aws.securityhub",
  detailType: "Security Hub Findings - Imported",
} as const;

/** The event of Security Hub's later edition: the finding in OCSF. */
export const importedV2Events = {
  source: "aws.securityhub",
  detailType: "Findings Imported V2",
} as const;

/** The path of GuardDuty as a product: Cordon hears its findings from GuardDuty itself. */
export const guardDutyProduct = "aws/guardduty";

const unlessEnding = (end: string) => [{ "anything-but": { suffix: end } }, { exists: false }];
const unless = (value: string) => [{ "anything-but": value }, { exists: false }];

/**
 * Matches both, but for GuardDuty's findings and for checks that passed, of which there are as many as
 * resources. An account may import findings of products of its own alone: neither condition can keep
 * another product's finding out.
 */
export const imports = {
  $or: [
    {
      source: [importedEvents.source],
      "detail-type": [importedEvents.detailType],
      detail: {
        findings: {
          ProductArn: unlessEnding(`::product/${guardDutyProduct}`),
          Compliance: { Status: unless("PASSED") },
        },
      },
    },
    {
      source: [importedV2Events.source],
      "detail-type": [importedV2Events.detailType],
      detail: {
        findings: {
          metadata: { product: { uid: unlessEnding(`::productv2/${guardDutyProduct}`) } },
          compliance: { status: unless("Pass") },
        },
      },
    },
  ] as const,
};

/** The path of Security Hub's own controls as a product. */
export const controlsProduct = "aws/securityhub";

/**
 * Matches failures of controls that nobody has closed. Security Hub alone writes findings of this product:
 * an account may set their severity and workflow, and nothing that says what failed of which resource.
 */
export function failuresOf(controls: readonly string[]) {
  return {
    source: [importedEvents.source],
    "detail-type": [importedEvents.detailType],
    detail: {
      findings: {
        ProductArn: [{ suffix: `::product/${controlsProduct}` }],
        Compliance: { Status: ["FAILED"], SecurityControlId: controls },
        RecordState: ["ACTIVE"],
        Workflow: { Status: ["NEW", "NOTIFIED"] },
      },
    },
  };
}

/**
 * Matches what Security Hub imports. A member account imports as many findings as it likes: whatever waits
 * here delays no finding of a detector.
 */
export const importedPattern = {
  source: [importedEvents.source],
  "detail-type": [importedEvents.detailType, importedV2Events.detailType],
};

/** Checks whether an event reports imported findings, in whichever form. */
export const isImport = matcher(importedPattern);
