/** The policy pack `cordon`. Starting it serves the engine, so the policies are in files apart. */
import { PolicyPack } from "@pulumi/policy";
import { readSettings } from "../settings";
import { quarantineGroupsAreClosed } from "./quarantine-groups-are-closed";
import { remediationRolesAreDerived } from "./remediation-roles-are-derived";

new PolicyPack("cordon", {
  description: "Limits what Cordon deploys to what its catalogue permits",
  enforcementLevel: "mandatory",
  policies: [remediationRolesAreDerived(readSettings), quarantineGroupsAreClosed],
});
