/** Makes the policy of a stack, as its deployment would have it, from its settings alone. */
import type { ResponsePolicy } from "../../functions/decide/circumstances";
import type { Settings } from "../../settings";
import { boundAccounts } from "../../settings/guardrails";

/** @param region is governed, whatever the settings say: a responder names it */
export function policyOf(settings: Settings, region: string): ResponsePolicy {
  const { breakGlassRoles, breakGlassUsers, governedRegions } = settings;
  const { securityAccount, rolePath, deploymentRole } = settings;
  return {
    mode: "enforce",
    // What the policy says of accounts and units is about what Cordon does by itself.
    stage: { ...settings.policy, rules: [] },
    sampleFindings: settings.sampleFindings,
    governedRegions: [...new Set([...governedRegions, region])],
    protectedResources: settings.protectedResources,
    brakes: settings.brakes,
    criticalResources: settings.criticalResources,
    forwarders: settings.forwarders,
    breakGlass: { roles: breakGlassRoles, users: breakGlassUsers },
    ownRoles: { securityAccount, rolePath, deploymentRole },
    disableKeys: settings.disableKeys,
    guardrails: boundAccounts(settings),
  };
}
