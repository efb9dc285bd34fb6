/** GuardDuty's finding types about other resources than instances and credentials. Data only. */
import type { TypeGroup } from "./group";

const workloads =
  "No playbook contains a cluster or container: which workload to stop is for people to decide";
/** Of management events GuardDuty names the access key as the resource, and the bucket beside it. */
const s3 = ["S3Bucket", "AccessKey"];
const backups =
  "No playbook keeps anybody from using a recovery point: restore nothing from it, and stop the sharing of its vault";

export const resourceGroups: readonly TypeGroup[] = [
  {
    page: "guardduty-attack-sequence-finding-types",
    about: ["AttackSequence"],
    types: {
      "AttackSequence:EC2/CompromisedInstanceGroup": "Critical",
      "AttackSequence:ECS/CompromisedCluster": "Critical",
      "AttackSequence:EKS/CompromisedCluster": "Critical",
      "AttackSequence:IAM/CompromisedCredentials": "Critical",
      "AttackSequence:S3/CompromisedData": "Critical",
    },
  },
  {
    page: "guardduty-finding-types-eks-audit-logs",
    about: ["EKSCluster"],
    types: {
      "CredentialAccess:Kubernetes/AnomalousBehavior.SecretsAccessed": "Medium",
      "CredentialAccess:Kubernetes/MaliciousIPCaller": "High",
      "CredentialAccess:Kubernetes/MaliciousIPCaller.Custom": "High",
      "CredentialAccess:Kubernetes/SuccessfulAnonymousAccess": "High",
      "CredentialAccess:Kubernetes/TorIPCaller": "High",
      "DefenseEvasion:Kubernetes/MaliciousIPCaller": "High",
      "DefenseEvasion:Kubernetes/MaliciousIPCaller.Custom": "High",
      "DefenseEvasion:Kubernetes/SuccessfulAnonymousAccess": "High",
      "DefenseEvasion:Kubernetes/TorIPCaller": "High",
      "Discovery:Kubernetes/MaliciousIPCaller": "Medium",
      "Discovery:Kubernetes/MaliciousIPCaller.Custom": "Medium",
      "Discovery:Kubernetes/SuccessfulAnonymousAccess": "Medium",
      "Discovery:Kubernetes/TorIPCaller": "Medium",
      "Execution:Kubernetes/AnomalousBehavior.ExecInPod": "Medium",
      "Execution:Kubernetes/ExecInKubeSystemPod": "Medium",
      "Impact:Kubernetes/MaliciousIPCaller": "High",
      "Impact:Kubernetes/MaliciousIPCaller.Custom": "High",
      "Impact:Kubernetes/SuccessfulAnonymousAccess": "High",
      "Impact:Kubernetes/TorIPCaller": "High",
      "Persistence:Kubernetes/AnomalousBehavior.WorkloadDeployed!ContainerWithSensitiveMount":
        "High",
      "Persistence:Kubernetes/MaliciousIPCaller": "Medium",
      "Persistence:Kubernetes/MaliciousIPCaller.Custom": "Medium",
      "Persistence:Kubernetes/SuccessfulAnonymousAccess": "High",
      "Persistence:Kubernetes/TorIPCaller": "Medium",
      "Policy:Kubernetes/AdminAccessToDefaultServiceAccount": "High",
      "Policy:Kubernetes/AnonymousAccessGranted": "High",
      "Policy:Kubernetes/ExposedDashboard": "Medium",
      "Policy:Kubernetes/KubeflowDashboardExposed": "Medium",
      "PrivilegeEscalation:Kubernetes/AnomalousBehavior.RoleBindingCreated": "Medium, varies",
      "PrivilegeEscalation:Kubernetes/AnomalousBehavior.WorkloadDeployed!PrivilegedContainer":
        "High",
    },
    unanswered: {
      does: "notify",
      why: "No playbook contains a cluster: which user of it or workload to stop is for people to decide",
    },
  },
  {
    page: "guardduty-finding-types-eks-audit-logs",
    about: ["EKSCluster"],
    types: {
      "Discovery:Kubernetes/AnomalousBehavior.PermissionChecked": "Low",
      "Execution:Kubernetes/AnomalousBehavior.WorkloadDeployed": "Low, varies",
      "PrivilegeEscalation:Kubernetes/AnomalousBehavior.RoleCreated": "Low",
    },
    unanswered: {
      does: "log",
      why: "It is new for the user of the cluster, and GuardDuty has other types for what does harm",
    },
  },
  {
    page: "findings-malware-protection",
    about: ["Container"],
    types: {
      "Execution:Container/MaliciousFile": "varies",
      "Execution:Container/SuspiciousFile": "varies",
    },
    unanswered: {
      does: "notify",
      why: workloads,
    },
  },
  {
    page: "findings-malware-protection",
    about: ["ECSCluster"],
    types: {
      "Execution:ECS/MaliciousFile": "varies",
      "Execution:ECS/SuspiciousFile": "varies",
    },
  },
  {
    page: "findings-malware-protection",
    about: ["EKSCluster"],
    types: {
      "Execution:Kubernetes/MaliciousFile": "varies",
      "Execution:Kubernetes/SuspiciousFile": "varies",
    },
    unanswered: {
      does: "notify",
      why: workloads,
    },
  },
  {
    page: "findings-malware-protection-backup",
    about: ["EC2Image"],
    types: {
      "Execution:EC2/MaliciousFile!AMI": "varies",
    },
  },
  {
    page: "findings-malware-protection-backup",
    about: ["EBSSnapshot"],
    types: {
      "Execution:EC2/MaliciousFile!Snapshot": "varies",
    },
  },
  {
    page: "findings-malware-protection-backup",
    about: ["EBSRecoveryPoint", "EC2RecoveryPoint"],
    types: {
      "Execution:EC2/MaliciousFile!RecoveryPoint": "varies",
    },
    unanswered: {
      does: "notify",
      why: backups,
    },
  },
  {
    page: "findings-malware-protection-backup",
    about: ["S3RecoveryPoint"],
    types: {
      "Execution:S3/MaliciousFile!RecoveryPoint": "varies",
    },
    unanswered: {
      does: "notify",
      why: backups,
    },
  },
  {
    page: "guardduty_finding-types-s3",
    about: s3,
    types: {
      "Policy:S3/BucketAnonymousAccessGranted": "High",
      "Policy:S3/BucketPublicAccessGranted": "High",
      "Exfiltration:S3/AnomalousBehavior": "High",
      "Exfiltration:S3/MaliciousIPCaller": "High",
      "Impact:S3/AnomalousBehavior.Delete": "High",
      "Impact:S3/AnomalousBehavior.Permission": "High",
      "Impact:S3/AnomalousBehavior.Write": "Medium",
      "Impact:S3/MaliciousIPCaller": "High",
      "UnauthorizedAccess:S3/MaliciousIPCaller.Custom": "High",
      "UnauthorizedAccess:S3/TorIPCaller": "High",
    },
  },
  {
    page: "guardduty_finding-types-s3",
    about: s3,
    types: {
      "Discovery:S3/MaliciousIPCaller": "High",
      "Discovery:S3/MaliciousIPCaller.Custom": "High",
      "Discovery:S3/TorIPCaller": "Medium",
      "PenTest:S3/KaliLinux": "Medium",
      "PenTest:S3/ParrotLinux": "Medium",
      "PenTest:S3/PentooLinux": "Medium",
    },
    unanswered: {
      does: "notify",
      why: "Somebody looked around with credentials of yours, and took nothing yet: contain the credentials, or by command the bucket",
    },
  },
  {
    page: "guardduty_finding-types-s3",
    about: s3,
    types: {
      "Policy:S3/AccountBlockPublicAccessDisabled": "Low",
      "Policy:S3/BucketBlockPublicAccessDisabled": "Low",
    },
    unanswered: {
      does: "notify",
      why: "Without the block of public access, a policy or list of the bucket may make it public: no playbook puts the block back",
    },
  },
  {
    page: "guardduty_finding-types-s3",
    about: s3,
    types: {
      "Discovery:S3/AnomalousBehavior": "Low",
    },
    unanswered: {
      does: "log",
      why: "It is new for the principal, and GuardDuty has other types for what takes or destroys data",
    },
  },
  {
    page: "guardduty_finding-types-s3",
    about: s3,
    types: {
      "Stealth:S3/ServerAccessLoggingDisabled": "Low",
    },
    unanswered: {
      does: "notify",
      why: "Without its log nobody sees who reads the bucket: no playbook switches the log on again",
    },
  },
  {
    page: "gdu-malware-protection-s3-finding-types",
    about: ["S3Object"],
    types: {
      "Object:S3/MaliciousFile": "High",
    },
    unanswered: {
      does: "notify",
      why: "No playbook keeps anybody from reading an object: deny that in the policy of its bucket",
    },
  },
  {
    page: "findings-rds-protection",
    about: ["RDSDBInstance", "RDSLimitlessDB"],
    types: {
      "CredentialAccess:RDS/AnomalousBehavior.SuccessfulBruteForce": "High",
      "CredentialAccess:RDS/MaliciousIPCaller.FailedLogin": "Medium",
      "CredentialAccess:RDS/MaliciousIPCaller.SuccessfulLogin": "High",
      "CredentialAccess:RDS/TorIPCaller.FailedLogin": "Medium",
      "CredentialAccess:RDS/TorIPCaller.SuccessfulLogin": "High",
      "Discovery:RDS/MaliciousIPCaller": "Medium",
      "Discovery:RDS/TorIPCaller": "Medium",
    },
    unanswered: {
      does: "notify",
      why: "No playbook contains a user of a database: change its password, or close the network to the address",
    },
  },
  {
    page: "findings-rds-protection",
    about: ["RDSDBInstance", "RDSLimitlessDB"],
    types: {
      "CredentialAccess:RDS/AnomalousBehavior.FailedLogin": "Low",
    },
    unanswered: {
      does: "log",
      why: "The logins failed, and GuardDuty has another type for one that succeeds after many",
    },
  },
  {
    page: "findings-rds-protection",
    about: ["RDSDBInstance", "RDSLimitlessDB"],
    types: {
      "CredentialAccess:RDS/AnomalousBehavior.SuccessfulLogin": "varies",
    },
    unanswered: {
      does: "log",
      why: "The login is new for the user, and GuardDuty rates it higher where more speaks against it",
    },
  },
  {
    page: "lambda-protection-finding-types",
    about: ["Lambda"],
    types: {
      "Backdoor:Lambda/C&CActivity.B": "High",
      "CryptoCurrency:Lambda/BitcoinTool.B": "High",
      "Trojan:Lambda/BlackholeTraffic": "Medium",
      "Trojan:Lambda/DropPoint": "Medium",
      "UnauthorizedAccess:Lambda/MaliciousIPCaller.Custom": "Medium",
      "UnauthorizedAccess:Lambda/TorClient": "High",
      "UnauthorizedAccess:Lambda/TorRelay": "High",
    },
  },
];
