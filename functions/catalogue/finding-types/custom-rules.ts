/** The finding types of GuardDuty's custom detection rules, which an organization switches on. Data only. */
import type { TypeGroup } from "./group";

export const customRuleGroups: readonly TypeGroup[] = [
  {
    page: "findings-custom-detection-rules",
    about: "any",
    types: {
      "CredentialAccess:EC2/UnsecuredCredentials": "Medium",
      "CredentialAccess:RDS/ModifyAuthenticationProcess": "High",
      "DefenseImpairment:EC2/DisableOrModifyTools": "Low to High",
      "DefenseImpairment:Organizations/DisableOrModifyTools": "High",
      "DefenseImpairment:Organizations/ModifyCloudResourceHierarchy": "High",
      "DefenseImpairment:RDS/ModifyAuthenticationProcess": "Medium",
      "DefenseImpairment:Route53Resolver/DisableOrModifyTools": "Medium",
      "DefenseImpairment:S3/DisableOrModifyTools": "High",
      "Execution:SageMaker/CommandAndScriptingInterpreter": "Medium",
      "Exfiltration:EC2/TransferDataToCloudAccount": "High",
      "Exfiltration:RDS/TransferDataToCloudAccount": "High",
      "Exfiltration:S3/TransferDataToCloudAccount": "High",
      "Impact:S3/DataDestruction": "Medium",
      "Impact:SES/ResourceHijacking": "Low to Medium",
      "InitialAccess:IAM/ValidAccounts": "Medium",
      "InitialAccess:RDS/ExploitPublicFacingApplication": "High",
      "LateralMovement:EC2/RemoteServices": "Medium",
      "Persistence:EC2/BootOrLogonInitializationScripts": "High",
      "Persistence:EC2/ExternalRemoteServices": "Medium",
      "Persistence:IAM/AccountManipulation": "Low to High",
      "Persistence:Lambda/AccountManipulation": "High",
      "Persistence:Lambda/ModifyAuthenticationProcess": "High",
      "Persistence:RolesAnywhere/AccountManipulation": "Medium",
      "PrivilegeEscalation:IAM/AccountManipulation": "Medium to High",
      "ResourceDevelopment:SES/CompromiseAccounts": "Medium",
    },
    unanswered: {
      does: "notify",
      why: "This organization switched the rule on because nobody should do this in the account: whoever did may do it again, and no playbook reverts it",
    },
  },
];
