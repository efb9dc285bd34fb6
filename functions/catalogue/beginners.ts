/**
 * Who begins what GuardDuty's finding types about an instance report: of a type's own meaning, as the
 * GuardDuty user guide of 2026 describes it. Data only.
 */

export type Beginner =
  /** The instance alone: it queries a name, scans, floods, sends, or runs something. */
  | "resource"
  /** Others alone: they probe it. */
  | "outsider"
  /** The same type reports attacks of an instance and attacks on one: the direction tells. */
  | "either"
  /**
   * Contact with a listed host: the instance's, if it opened the connection. Otherwise a backdoor may
   * have answered, but so may any open port: whoever has such an address can connect to it.
   */
  | "contact";

/** Each type that `contain-instance` matches. What is missing here is judged by nobody: it asks. */
export const beginners: Readonly<Record<string, Beginner>> = {
  "Backdoor:EC2/C&CActivity.B": "contact",
  "Backdoor:EC2/C&CActivity.B!DNS": "resource",
  "Backdoor:EC2/DenialOfService.Dns": "resource",
  "Backdoor:EC2/DenialOfService.Tcp": "resource",
  "Backdoor:EC2/DenialOfService.Udp": "resource",
  "Backdoor:EC2/DenialOfService.UdpOnTcpPorts": "resource",
  "Backdoor:EC2/DenialOfService.UnusualProtocol": "resource",
  "Backdoor:EC2/Spambot": "resource",
  "Behavior:EC2/NetworkPortUnusual": "either",
  "Behavior:EC2/TrafficVolumeUnusual": "either",
  "CryptoCurrency:EC2/BitcoinTool.B": "contact",
  "CryptoCurrency:EC2/BitcoinTool.B!DNS": "resource",
  "DefenseEvasion:EC2/UnusualDNSResolver": "resource",
  "DefenseEvasion:EC2/UnusualDoHActivity": "resource",
  "DefenseEvasion:EC2/UnusualDoTActivity": "resource",
  "Execution:EC2/MaliciousFile": "resource",
  "Execution:EC2/SuspiciousFile": "resource",
  "Impact:EC2/AbusedDomainRequest.Reputation": "resource",
  "Impact:EC2/BitcoinDomainRequest.Reputation": "resource",
  "Impact:EC2/MaliciousDomainRequest.Custom": "resource",
  "Impact:EC2/MaliciousDomainRequest.Reputation": "resource",
  "Impact:EC2/PortSweep": "resource",
  "Impact:EC2/SuspiciousDomainRequest.Reputation": "resource",
  "Impact:EC2/WinRMBruteForce": "either",
  "Recon:EC2/PortProbeEMRUnprotectedPort": "outsider",
  "Recon:EC2/PortProbeUnprotectedPort": "outsider",
  "Recon:EC2/Portscan": "resource",
  "Trojan:EC2/BlackholeTraffic": "resource",
  "Trojan:EC2/BlackholeTraffic!DNS": "resource",
  "Trojan:EC2/DGADomainRequest.B": "resource",
  "Trojan:EC2/DGADomainRequest.C!DNS": "resource",
  "Trojan:EC2/DNSDataExfiltration": "resource",
  "Trojan:EC2/DriveBySourceTraffic!DNS": "resource",
  "Trojan:EC2/DropPoint": "contact",
  "Trojan:EC2/DropPoint!DNS": "resource",
  "Trojan:EC2/PhishingDomainRequest!DNS": "resource",
  "UnauthorizedAccess:EC2/MaliciousIPCaller.Custom": "either",
  "UnauthorizedAccess:EC2/MetadataDNSRebind": "resource",
  "UnauthorizedAccess:EC2/RDPBruteForce": "either",
  "UnauthorizedAccess:EC2/SSHBruteForce": "either",
  "UnauthorizedAccess:EC2/TorClient": "contact",
  "UnauthorizedAccess:EC2/TorRelay": "contact",
  "Backdoor:Runtime/C&CActivity.B": "resource",
  "Backdoor:Runtime/C&CActivity.B!DNS": "resource",
  "CryptoCurrency:Runtime/BitcoinTool.B": "resource",
  "CryptoCurrency:Runtime/BitcoinTool.B!DNS": "resource",
  "DefenseEvasion:Runtime/FilelessExecution": "resource",
  "DefenseEvasion:Runtime/KernelModuleLoaded": "resource",
  "DefenseEvasion:Runtime/ProcessInjection.Proc": "resource",
  "DefenseEvasion:Runtime/ProcessInjection.Ptrace": "resource",
  "DefenseEvasion:Runtime/ProcessInjection.VirtualMemoryWrite": "resource",
  "DefenseEvasion:Runtime/PtraceAntiDebugging": "resource",
  "DefenseEvasion:Runtime/SensitiveFileModified": "resource",
  "DefenseEvasion:Runtime/SuspiciousCommand": "resource",
  "Discovery:Runtime/SuspiciousCommand": "resource",
  "Execution:Runtime/MaliciousFileExecuted": "resource",
  "Execution:Runtime/MaliciousFileExecuted.Custom": "resource",
  "Execution:Runtime/NewBinaryExecuted": "resource",
  "Execution:Runtime/NewLibraryLoaded": "resource",
  "Execution:Runtime/ReverseShell": "resource",
  "Execution:Runtime/SuspiciousCommand": "resource",
  "Execution:Runtime/SuspiciousShellCreated": "resource",
  "Execution:Runtime/SuspiciousTool": "resource",
  "Impact:Runtime/AbusedDomainRequest.Reputation": "resource",
  "Impact:Runtime/BitcoinDomainRequest.Reputation": "resource",
  "Impact:Runtime/CryptoMinerExecuted": "resource",
  "Impact:Runtime/MaliciousDomainRequest.Reputation": "resource",
  "Impact:Runtime/SuspiciousDomainRequest.Reputation": "resource",
  "Persistence:Runtime/SensitiveFileModified": "resource",
  "Persistence:Runtime/SuspiciousCommand": "resource",
  "PrivilegeEscalation:Runtime/CGroupsReleaseAgentModified": "resource",
  "PrivilegeEscalation:Runtime/ContainerMountsHostDirectory": "resource",
  "PrivilegeEscalation:Runtime/DockerSocketAccessed": "resource",
  "PrivilegeEscalation:Runtime/ElevationToRoot": "resource",
  "PrivilegeEscalation:Runtime/RuncContainerEscape": "resource",
  "PrivilegeEscalation:Runtime/SensitiveFileModified": "resource",
  "PrivilegeEscalation:Runtime/SuspiciousCommand": "resource",
  "PrivilegeEscalation:Runtime/UserfaultfdUsage": "resource",
  "Trojan:Runtime/BlackholeTraffic": "resource",
  "Trojan:Runtime/BlackholeTraffic!DNS": "resource",
  "Trojan:Runtime/DGADomainRequest.C!DNS": "resource",
  "Trojan:Runtime/DriveBySourceTraffic!DNS": "resource",
  "Trojan:Runtime/DropPoint": "resource",
  "Trojan:Runtime/DropPoint!DNS": "resource",
  "Trojan:Runtime/PhishingDomainRequest!DNS": "resource",
  "UnauthorizedAccess:Runtime/MetadataDNSRebind": "resource",
  "UnauthorizedAccess:Runtime/TorClient": "resource",
  "UnauthorizedAccess:Runtime/TorRelay": "resource",
};
