/** GuardDuty's finding types about credentials (`AccessKey`). Data only. */
import type { TypeGroup } from "./group";

const about = ["AccessKey"] as const;
const foundational = "guardduty_finding-types-iam";
const ofModels = "findings-ai-protection";

export const credentialGroups: readonly TypeGroup[] = [
  {
    page: foundational,
    about,
    types: {
      "CredentialAccess:IAMUser/AnomalousBehavior": "Medium",
      "DefenseEvasion:IAMUser/AnomalousBehavior": "Medium",
      "DefenseEvasion:IAMUser/BedrockLoggingDisabled": "Medium",
      "Discovery:IAMUser/AnomalousBehavior": "Low",
      "Exfiltration:IAMUser/AnomalousBehavior": "High",
      "Impact:IAMUser/AnomalousBehavior": "High",
      "InitialAccess:IAMUser/AnomalousBehavior": "Medium",
      "PenTest:IAMUser/KaliLinux": "Medium",
      "PenTest:IAMUser/ParrotLinux": "Medium",
      "PenTest:IAMUser/PentooLinux": "Medium",
      "Persistence:IAMUser/AnomalousBehavior": "Medium",
      "PrivilegeEscalation:IAMUser/AnomalousBehavior": "Medium",
      "Recon:IAMUser/MaliciousIPCaller": "Medium",
      "Recon:IAMUser/MaliciousIPCaller.Custom": "Medium",
      "Recon:IAMUser/TorIPCaller": "Medium",
      "UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B": "Medium",
      "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.InsideAWS": "High, varies",
      "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS": "High",
      "UnauthorizedAccess:IAMUser/MaliciousIPCaller": "Medium",
      "UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom": "Medium",
      "UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration.InsideAWS": "High, varies",
      "UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration.OutsideAWS": "High",
      "UnauthorizedAccess:IAMUser/TorIPCaller": "Medium",
    },
  },
  {
    page: foundational,
    about,
    types: {
      "Stealth:IAMUser/CloudTrailLoggingDisabled": "Low",
      "Stealth:IAMUser/PasswordPolicyChange": "Low, varies",
    },
    asks: "Administrators do this in planned work, and thieves to hide: the owner of the credentials can tell",
  },
  {
    page: foundational,
    about,
    types: {
      "Policy:IAMUser/RootCredentialUsage": "Low",
      "Policy:IAMUser/ShortTermRootCredentialUsage": "Low",
    },
    unanswered: {
      does: "notify",
      why: "The account's root user acted: no IAM policy restricts root, so that Cordon cannot contain it",
    },
  },
  {
    page: ofModels,
    about,
    types: { "Impact:IAMUser/AnomalousModelInvocation": "Low" },
    asks: "A new release of an application looks the same as a thief who uses its credentials: its owner can tell",
  },
  {
    page: ofModels,
    about,
    types: { "Impact:IAMUser/CostHarvesting": "Low" },
    asks: "The users of an application can cause this by what they ask it: the credentials may not be stolen",
  },
  {
    page: ofModels,
    about,
    types: { "Impact:IAMUser/PromptInjection.Direct": "Low" },
    unanswered: {
      does: "notify",
      why: "The finding names the application that somebody attacked with a prompt: it is the victim, and Cordon does not contain it",
      namesVictim: true,
    },
  },
];
