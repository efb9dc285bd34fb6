/** Lists what is forwarded from default buses to the hub, and by which role. Data only. */
import { driftEventsExcept, networkEvents } from "../../functions/catalogue/calls";
import type { Forwarded } from "../../functions/catalogue/forwarding";
import { families, memberRoleArns } from "../../functions/catalogue/own-roles";
import {
  complianceNews,
  exposureEvents,
  guardDutyFindings,
} from "../../functions/catalogue/patterns";
import { hasIntruder } from "../../functions/catalogue/playbooks";
import { requests } from "../../functions/catalogue/security-hub-actions";
import { imports } from "../../functions/catalogue/security-hub-imports";
import { forwarderRoleName } from "./bus";

export const forwarded: Readonly<
  Record<
    Forwarded,
    {
      readonly words: string;
      pattern(of: { readonly account: string; readonly rolePath: string }): object;
      role(region: string): string;
    }
  >
> = {
  guardduty: {
    words: "GuardDuty findings",
    pattern: () => guardDutyFindings,
    role: forwarderRoleName,
  },
  "security-hub": {
    words: "what Security Hub imports, and what analysts send by its custom actions,",
    pattern: () => ({ $or: [requests, ...imports.$or] }),
    role: () => forwarderRoleName("security-hub"),
  },
  exposures: {
    words: "exposed credentials, and what root does,",
    pattern: () => exposureEvents,
    role: () => forwarderRoleName("exposures"),
  },
  // Roles are of the whole account, and these three are forwarded from each of its regions.
  network: {
    words: "changes of VPCs and their endpoints",
    pattern: () => networkEvents,
    role: (region) => forwarderRoleName(`network-${region}`),
  },
  drift: {
    words: "calls by which a contained target may be let out",
    // What Cordon does it reads back by itself.
    pattern: ({ account, rolePath }) =>
      // A call of other families leads to one look more, and a pattern has 2,048 characters.
      driftEventsExcept(memberRoleArns(account, rolePath, families.filter(hasIntruder))),
    role: (region) => forwarderRoleName(`drift-${region}`),
  },
  compliance: {
    words: "access from outside, and what breaks rules of AWS Config or failed to be reported,",
    pattern: () => complianceNews,
    role: (region) => forwarderRoleName(`compliance-${region}`),
  },
};
