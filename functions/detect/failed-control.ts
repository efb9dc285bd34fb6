/**
 * Parses Security Hub's report that one of its controls fails: a posture control answers it. Security Hub
 * alone writes what failed of which resource; an account may set severity and workflow of such a finding
 * (API reference, "BatchUpdateFindings").
 */
import * as z from "zod/mini";
import { idIn, publishedControl } from "../catalogue/controls";
import { controlsProduct, importedEvents } from "../catalogue/security-hub-imports";
import type { Finding } from "../model/finding";
import { plain } from "../model/plain-text";
import { asffFinding, highestScore, labelOf, placeOf, productArn, readAsff } from "./asff";
import { accountId, type Detected, incidentOf, refusal, refused, timestamp } from "./detected";
import { settingOf } from "./setting";

const event = z.object({
  source: z.literal(importedEvents.source),
  "detail-type": z.literal(importedEvents.detailType),
  account: accountId,
  time: timestamp,
  // Security Hub sends each finding in an event of its own.
  detail: z.object({ findings: z.tuple([asffFinding]) }),
});

/**
 * Parses one event.
 *
 * @param securityAccount must be the account of the envelope: only there Security Hub reports for all
 */
export function detectFailedControl(input: unknown, securityAccount: string): Detected {
  const parsed = event.safeParse(input);
  if (!parsed.success) return refused("a control of Security Hub that fails", parsed.error);
  const { account, detail } = parsed.data;
  if (account !== securityAccount) {
    return refusal(
      `The event comes from account ${account}; failed controls are accepted only from the security account ${securityAccount}`,
    );
  }
  const [found] = detail.findings;
  const [, owner, path] = productArn.exec(found.ProductArn ?? "") ?? [];
  if (owner !== undefined || path !== controlsProduct) {
    return refusal(
      `The finding is of product ${plain(found.ProductArn ?? "none", 120)}, not of Security Hub's controls`,
    );
  }
  const published = found.Compliance?.SecurityControlId ?? "";
  const [resource, ...others] = found.Resources;
  const control =
    resource && publishedControl(published, resource.Id, placeOf(found, resource).place);
  if (control === undefined || resource === undefined) {
    return refusal(`No control answers Security Hub's ${plain(published, 60)}`);
  }
  const { place, region } = placeOf(found, resource);
  // Of controls that fail, the critical ones are notified at once; policies may say otherwise.
  const severity = labelOf(highestScore(found) ?? 0) === "CRITICAL" ? 4 : 3;
  const finding: Finding = {
    ...readAsff(found, place),
    type: `SecurityHub:${published}`,
    severity,
    sample: false,
  };
  const named = plain(resource.Id, 120);
  const unanswered = { kind: "unanswered", finding, place, resource: named } as const;
  if (found.Compliance?.Status !== "FAILED") {
    return { ...unanswered, suppressedBecause: `Control ${published} does not fail for ${named}` };
  }
  const id = idIn(control, resource.Id, place);
  if (id === undefined || region === undefined || others.length > 0) {
    const why =
      id === undefined
        ? `${named} is not the name of a resource of that control in account ${place.account}, ${place.region}`
        : region === undefined
          ? "it names no region"
          : "it names several resources";
    return {
      ...unanswered,
      breach: `SecurityHub:${published}`,
      advice: {
        why: `Control ${published} fails, and Cordon changes nothing for it: ${why}`,
        manualSteps: [`Fix it by hand: see what Security Hub says of control ${published}.`],
      },
    };
  }
  return incidentOf(
    { source: "control", resourceType: control, type: finding.type },
    { place, resource: settingOf(control, id, place), finding },
  );
}
