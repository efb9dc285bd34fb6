/** Reads an event of any detector. */
import { complianceChanges, trustedAdvisorEvents } from "../catalogue/patterns";
import { customActionEvents } from "../catalogue/security-hub-actions";
import { detectCompliance } from "./compliance";
import type { Detected } from "./detected";
import { detectGuardDuty } from "./guardduty";
import { detectSecurityHub } from "./security-hub";
import { detectTrustedAdvisor } from "./unanswered-checks";

/** Parses one event of the hub; an event of no detector is refused as a malformed GuardDuty finding. */
export function detect(input: unknown, securityAccount: string): Detected {
  const { source } = (input ?? {}) as { source?: unknown };
  if (source === customActionEvents.source) return detectSecurityHub(input, securityAccount);
  if (source === complianceChanges.source) return detectCompliance(input);
  return source === trustedAdvisorEvents.source
    ? detectTrustedAdvisor(input)
    : detectGuardDuty(input, securityAccount);
}
