/** The policy pack `cordon`. Starting it serves the engine, so the policies are in files apart. */
import { PolicyPack } from "@pulumi/policy";
import { readSettings } from "../settings";
import { quarantineGroupsAreClosed } from "./quarantine-groups-are-closed";
import { remediationRolesAreDerived } from "./remediation-roles-are-derived";

new PolicyPack("cordon", {
  description: "Keeps what Cordon deploys as narrow as its catalogue says",
  enforcementLevel: "mandatory",
  policies: [remediationRolesAreDerived(readSettings), quarantineGroupsAreClosed],
});
