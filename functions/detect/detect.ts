/** Reads an event of any detector. */
import {
  externalAccess,
  quarantineDetached,
  rootCalls,
  rootSignIns,
} from "../catalogue/account-events";
import { matcher } from "../catalogue/event-pattern";
import { complianceChanges, trustedAdvisorEvents } from "../catalogue/patterns";
import { customActionEvents } from "../catalogue/security-hub-actions";
import { isImport } from "../catalogue/security-hub-imports";
import { detectCompliance } from "./compliance";
import type { Detected } from "./detected";
import { detectExternalAccess } from "./external-access";
import { detectFailedControl } from "./failed-control";
import { detectGuardDuty } from "./guardduty";
import { detectQuarantineEnd } from "./quarantine-policy";
import { detectRoot } from "./root";
import { detectSecurityHub } from "./security-hub";
import { detectTrustedAdvisor } from "./unanswered-checks";

const endsQuarantine = matcher(quarantineDetached);

/** Parses one event of the hub; an event of no detector is refused as a malformed GuardDuty finding. */
export function detect(input: unknown, securityAccount: string): Detected {
  const { source } = (input ?? {}) as { source?: unknown };
  if (isImport(input)) return detectFailedControl(input, securityAccount);
  if (source === customActionEvents.source) return detectSecurityHub(input, securityAccount);
  if (source === complianceChanges.source) return detectCompliance(input);
  if (source === externalAccess.source) return detectExternalAccess(input, securityAccount);
  if (source === rootSignIns.source || source === rootCalls.source) {
    return endsQuarantine(input) ? detectQuarantineEnd(input) : detectRoot(input);
  }
  return source === trustedAdvisorEvents.source
    ? detectTrustedAdvisor(input)
    : detectGuardDuty(input, securityAccount);
}
