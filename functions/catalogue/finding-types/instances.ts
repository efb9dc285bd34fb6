/**
 * GuardDuty's finding types about an instance: who begins what they report, of a type's own meaning as the
 * GuardDuty user guide of 2026 describes it, and their default severity. Data only.
 */
import type { DefaultSeverity } from "./group";

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

/**
 * Each type that `contain-instance` matches, with its default severity. What is missing here is judged by
 * nobody: it asks.
 */
export const instanceTypes: Readonly<Record<string, readonly [Beginner, DefaultSeverity]>> = {
  "Backdoor:EC2/C&CActivity.B": ["contact", "High"],
  "Backdoor:EC2/C&CActivity.B!DNS": ["resource", "High"],
  "Backdoor:EC2/DenialOfService.Dns": ["resource", "High"],
  "Backdoor:EC2/DenialOfService.Tcp": ["resource", "High"],
  "Backdoor:EC2/DenialOfService.Udp": ["resource", "High"],
  "Backdoor:EC2/DenialOfService.UdpOnTcpPorts": ["resource", "High"],
  "Backdoor:EC2/DenialOfService.UnusualProtocol": ["resource", "High"],
  "Backdoor:EC2/Spambot": ["resource", "Medium"],
  "Behavior:EC2/NetworkPortUnusual": ["either", "Medium"],
  "Behavior:EC2/TrafficVolumeUnusual": ["either", "Medium"],
  "CryptoCurrency:EC2/BitcoinTool.B": ["contact", "High"],
  "CryptoCurrency:EC2/BitcoinTool.B!DNS": ["resource", "High"],
  "DefenseEvasion:EC2/UnusualDNSResolver": ["resource", "Medium"],
  "DefenseEvasion:EC2/UnusualDoHActivity": ["resource", "Medium"],
  "DefenseEvasion:EC2/UnusualDoTActivity": ["resource", "Medium"],
  "Execution:EC2/MaliciousFile": ["resource", "varies"],
  "Execution:EC2/SuspiciousFile": ["resource", "varies"],
  "Impact:EC2/AbusedDomainRequest.Reputation": ["resource", "Medium"],
  "Impact:EC2/BitcoinDomainRequest.Reputation": ["resource", "High"],
  "Impact:EC2/MaliciousDomainRequest.Custom": ["resource", "Medium"],
  "Impact:EC2/MaliciousDomainRequest.Reputation": ["resource", "High"],
  "Impact:EC2/PortSweep": ["resource", "High"],
  "Impact:EC2/SuspiciousDomainRequest.Reputation": ["resource", "Low"],
  "Impact:EC2/WinRMBruteForce": ["either", "Low, varies"],
  "Recon:EC2/PortProbeEMRUnprotectedPort": ["outsider", "High"],
  "Recon:EC2/PortProbeUnprotectedPort": ["outsider", "Low, varies"],
  "Recon:EC2/Portscan": ["resource", "Medium"],
  "Trojan:EC2/BlackholeTraffic": ["resource", "Medium"],
  "Trojan:EC2/BlackholeTraffic!DNS": ["resource", "Medium"],
  "Trojan:EC2/DGADomainRequest.B": ["resource", "High"],
  "Trojan:EC2/DGADomainRequest.C!DNS": ["resource", "High"],
  "Trojan:EC2/DNSDataExfiltration": ["resource", "High"],
  "Trojan:EC2/DriveBySourceTraffic!DNS": ["resource", "High"],
  "Trojan:EC2/DropPoint": ["contact", "Medium"],
  "Trojan:EC2/DropPoint!DNS": ["resource", "Medium"],
  "Trojan:EC2/PhishingDomainRequest!DNS": ["resource", "High"],
  "UnauthorizedAccess:EC2/MaliciousIPCaller.Custom": ["either", "Medium"],
  "UnauthorizedAccess:EC2/MetadataDNSRebind": ["resource", "High"],
  "UnauthorizedAccess:EC2/RDPBruteForce": ["either", "Low, varies"],
  "UnauthorizedAccess:EC2/SSHBruteForce": ["either", "Low, varies"],
  "UnauthorizedAccess:EC2/TorClient": ["contact", "High"],
  "UnauthorizedAccess:EC2/TorRelay": ["contact", "High"],
  "Backdoor:Runtime/C&CActivity.B": ["resource", "High"],
  "Backdoor:Runtime/C&CActivity.B!DNS": ["resource", "High"],
  "CryptoCurrency:Runtime/BitcoinTool.B": ["resource", "High"],
  "CryptoCurrency:Runtime/BitcoinTool.B!DNS": ["resource", "High"],
  "DefenseEvasion:Runtime/FilelessExecution": ["resource", "Medium"],
  "DefenseEvasion:Runtime/KernelModuleLoaded": ["resource", "High"],
  "DefenseEvasion:Runtime/ProcessInjection.Proc": ["resource", "High"],
  "DefenseEvasion:Runtime/ProcessInjection.Ptrace": ["resource", "Medium"],
  "DefenseEvasion:Runtime/ProcessInjection.VirtualMemoryWrite": ["resource", "High"],
  "DefenseEvasion:Runtime/PtraceAntiDebugging": ["resource", "Low"],
  "DefenseEvasion:Runtime/SensitiveFileModified": ["resource", "Medium"],
  "DefenseEvasion:Runtime/SuspiciousCommand": ["resource", "varies"],
  "Discovery:Runtime/SuspiciousCommand": ["resource", "Low"],
  "Execution:Runtime/MaliciousFileExecuted": ["resource", "High"],
  "Execution:Runtime/MaliciousFileExecuted.Custom": ["resource", "not documented"],
  "Execution:Runtime/NewBinaryExecuted": ["resource", "Medium"],
  "Execution:Runtime/NewLibraryLoaded": ["resource", "Medium"],
  "Execution:Runtime/ReverseShell": ["resource", "High"],
  "Execution:Runtime/SuspiciousCommand": ["resource", "varies"],
  "Execution:Runtime/SuspiciousShellCreated": ["resource", "Low"],
  "Execution:Runtime/SuspiciousTool": ["resource", "varies"],
  "Impact:Runtime/AbusedDomainRequest.Reputation": ["resource", "Medium"],
  "Impact:Runtime/BitcoinDomainRequest.Reputation": ["resource", "High"],
  "Impact:Runtime/CryptoMinerExecuted": ["resource", "High"],
  "Impact:Runtime/MaliciousDomainRequest.Reputation": ["resource", "High"],
  "Impact:Runtime/SuspiciousDomainRequest.Reputation": ["resource", "Low"],
  "Persistence:Runtime/SensitiveFileModified": ["resource", "Medium"],
  "Persistence:Runtime/SuspiciousCommand": ["resource", "Medium"],
  "PrivilegeEscalation:Runtime/CGroupsReleaseAgentModified": ["resource", "High"],
  "PrivilegeEscalation:Runtime/ContainerMountsHostDirectory": ["resource", "Medium"],
  "PrivilegeEscalation:Runtime/DockerSocketAccessed": ["resource", "Medium"],
  "PrivilegeEscalation:Runtime/ElevationToRoot": ["resource", "Medium"],
  "PrivilegeEscalation:Runtime/RuncContainerEscape": ["resource", "High"],
  "PrivilegeEscalation:Runtime/SensitiveFileModified": ["resource", "Medium"],
  "PrivilegeEscalation:Runtime/SuspiciousCommand": ["resource", "Medium"],
  "PrivilegeEscalation:Runtime/UserfaultfdUsage": ["resource", "Medium"],
  "Trojan:Runtime/BlackholeTraffic": ["resource", "Medium"],
  "Trojan:Runtime/BlackholeTraffic!DNS": ["resource", "Medium"],
  "Trojan:Runtime/DGADomainRequest.C!DNS": ["resource", "High"],
  "Trojan:Runtime/DriveBySourceTraffic!DNS": ["resource", "High"],
  "Trojan:Runtime/DropPoint": ["resource", "Medium"],
  "Trojan:Runtime/DropPoint!DNS": ["resource", "Medium"],
  "Trojan:Runtime/PhishingDomainRequest!DNS": ["resource", "High"],
  "UnauthorizedAccess:Runtime/MetadataDNSRebind": ["resource", "High"],
  "UnauthorizedAccess:Runtime/TorClient": ["resource", "High"],
  "UnauthorizedAccess:Runtime/TorRelay": ["resource", "High"],
};
