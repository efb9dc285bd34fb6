/**
 * Parses the findings that Security Hub imports. They alone contain nothing: an account writes
 * findings of its own, and updates those of others that are about itself. It may set their severity, types
 * and workflow status (API reference, "BatchUpdateFindings"), but neither what the product itself said nor
 * the state of the record.
 */
import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { importedEvents, importedV2Events } from "../catalogue/security-hub-imports";
import { tierOf } from "../catalogue/severity";
import type { Finding } from "../model/finding";
import { plain } from "../model/plain-text";
import type { Place } from "../model/resource";
import type { CountedAs } from "../record/digest";
import {
  type AsffFinding,
  asffFinding,
  guardDutyType,
  highestScore,
  labelOf,
  placeOf,
  readAsff,
} from "./asff";
import { accountId, type Detected, idOf, refusal, refused, timestamp } from "./detected";
import { aboutOf, adviceOn, type Product, productOf } from "./imported-advice";
import { asAsff, ocsfFinding } from "./ocsf";

export type Imported =
  | Exclude<Detected, { readonly kind: "incident" }>
  /** Nothing to do, and nothing to look back at: it is over, or heard elsewhere. */
  | {
      readonly kind: "ignored";
      readonly finding: Finding;
      readonly place: Place;
      readonly reason: string;
    };

/** Security Hub sends one in an event; the format allows for more. */
const mostFindings = 100;

const event = z.object({
  source: z.literal("aws.securityhub"),
  "detail-type": z.enum([importedEvents.detailType, importedV2Events.detailType]),
  account: accountId,
  time: timestamp,
  detail: z.object({
    findings: z.array(z.unknown()).check(z.minLength(1), z.maxLength(mostFindings)),
  }),
});

/**
 * Parses one event.
 *
 * @param securityAccount must be the account of the envelope: only there Security Hub reports for all
 * @returns one result for each finding, in their order; one that is refused hides no other
 */
export function detectImported(
  input: unknown,
  securityAccount: string,
): readonly [Imported, ...Imported[]] {
  const parsed = event.safeParse(input);
  if (!parsed.success) return [refused("findings that Security Hub imported", parsed.error)];
  const { account, detail, "detail-type": type } = parsed.data;
  if (account !== securityAccount) {
    return [
      refusal(
        `The event comes from account ${account}; imported findings are accepted only from the security account ${securityAccount}`,
      ),
    ];
  }
  const read = type === importedEvents.detailType ? inAsff : inOcsf;
  const all = detail.findings
    .map(read)
    .map((each, index, { length }) =>
      each.kind === "refused" && length > 1
        ? refusal(`Finding ${index + 1} of ${length}: ${each.reason}`)
        : each,
    );
  return all as [Imported, ...Imported[]];
}

function inAsff(found: unknown): Imported {
  const parsed = asffFinding.safeParse(found);
  return parsed.success ? judge(parsed.data) : refused("a finding in ASFF", parsed.error);
}

function inOcsf(found: unknown): Imported {
  const parsed = ocsfFinding.safeParse(found);
  return parsed.success ? judge(asAsff(parsed.data)) : refused("a finding in OCSF", parsed.error);
}

/** Judges one finding, whichever format it came in. */
function judge(found: AsffFinding): Imported {
  const partition = found.Resources.find(({ Partition = "aws" }) => Partition !== "aws")?.Partition;
  if (partition !== undefined) {
    return refusal(`Partition ${plain(partition, 40)} is not supported, only aws`);
  }
  const product = productOf(found);
  if (product === undefined) {
    return refusal("Not an imported finding: its product has no ARN");
  }
  const severity = highestScore(found);
  if (severity === undefined) {
    return refusal("Not an imported finding: it has no severity");
  }
  const about = aboutOf(found);
  const { place } = placeOf(found, about.resource);
  const read = readAsff(found, place);
  const finding: Finding = {
    ...read,
    id: product.isGuardDuty ? read.id : idOfImported(found.Id, product),
    type: typeOf(found, product),
    severity,
    // A mark that an account writes by itself must not keep its findings from people.
    sample: product.isAws && read.sample,
  };
  const ignored = whyIgnored(found, product);
  if (ignored !== undefined) return { kind: "ignored", finding, place, reason: ignored };

  const posture = product.isAws ? found.Compliance : undefined;
  const isLogged =
    posture !== undefined && !(posture.Status === "FAILED" && labelOf(severity) === "CRITICAL");
  const counted = { countedAs: countedAs(finding, product) };
  const closedAs = closedStatuses.find((status) => status === found.Workflow?.Status);
  // A severe one may have been closed by whom it is about: it is notified once, as any other.
  if (closedAs !== undefined && (isLogged || tierOf(severity) !== "auto")) {
    return closedAs === "SUPPRESSED"
      ? { kind: "archived", finding, place, ...counted }
      : { kind: "ignored", finding, place, reason: "It is resolved in Security Hub" };
  }
  return {
    kind: "unanswered",
    finding: {
      ...finding,
      imported: {
        product: product.words,
        by: product.isAws ? "aws" : "others",
        verdict: `${labelOf(severity)} ${about.contained ?? ""}`.trim(),
        ...(closedAs && { closedAs }),
      },
    },
    place,
    resource: about.name,
    advice: adviceOn(found, product, about),
    ...counted,
    ...(isLogged && {
      suppressedBecause: `${finding.title}. Of controls that fail only the critical ones are notified at once`,
    }),
  };
}

/**
 * Counts what AWS's products find by type: there are thousands, and an update is no sign that something goes
 * on. What an account may write by itself is counted by its product, so that it cannot fill the digest.
 */
function countedAs({ type }: Finding, { isAws, path }: Product): CountedAs {
  return isAws
    ? { in: "organization", under: type.replaceAll("/", ":") }
    : { in: "account", under: path.replace("/", ":") };
}

const closedStatuses = ["RESOLVED", "SUPPRESSED"] as const;

function whyIgnored(
  { Compliance, RecordState }: AsffFinding,
  { isAws, isGuardDuty }: Product,
): string | undefined {
  if (isGuardDuty) return "GuardDuty sends its findings itself, and Cordon answers those";
  if (RecordState === "ARCHIVED") return "Its product archived it";
  if (Compliance?.Status === "PASSED") return "Its check passed";
  if (isAws && Compliance?.Status === "NOT_AVAILABLE") return "Its check could not be carried out";
  return undefined;
}

/** Names a control by its id: the same in every standard, where the types are each standard's. */
function typeOf({ Compliance, Types, FindingProviderFields }: AsffFinding, { isAws }: Product) {
  const control = isAws ? (Compliance?.SecurityControlId ?? "") : "";
  if (/^[A-Za-z][A-Za-z0-9]{1,40}\.\d{1,4}$/.test(control)) return `SecurityHub:${control}`;
  return guardDutyType(FindingProviderFields?.Types?.[0] ?? Types?.[0] ?? "");
}

/**
 * Names a finding so that no other has its name, and so that it has one name however its product is
 * written: AWS's products write a finding's id as ARN, as short ARN and bare. An account chooses the ids of
 * its own products' findings, and must not take another's.
 */
function idOfImported(id: string, { isAws, path, arn }: Product): string {
  const last = id.split("/").pop() ?? "";
  const hash = createHash("sha256").update(isAws ? `${path}\n${last}` : `${arn}\n${id}`);
  return `${idOf(last).slice(0, 47)}-${hash.digest("hex").slice(0, 16)}`;
}
