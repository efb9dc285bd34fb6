/** The partitions of the journal's table: IAM gives each function its own. Data only. */

/** Incidents by their keys, which are sixteen hexadecimal digits and so have no slash. */
export const incidentPartitions = "?".repeat(16);

/** What else the table holds, by what its partitions begin with. */
export const partitions = {
  /** Access keys that a finding has called exposed. */
  exposed: "exposed/",
  /** Notices of findings about which nothing was changed. */
  finding: "finding/",
  /** Notices about AWS Config rules. */
  breach: "breach/",
  /** Notices about key rotation. */
  keyRotation: "key-rotation/",
  /** The register of exceptions: responders write it, functions only read it. */
  exceptions: "exceptions/",
  /** Notices about exceptions that end soon. */
  endingException: "ending-exception/",
  /** What the digest of a day lists, by day. */
  digest: "digest/",
  /** Notices of digests. */
  digestNotice: "digest-notice/",
  /** Notices of a storm, by window: how many were published, and those that wait to be published together. */
  storm: "storm/",
  /** False positives that the metric has. */
  countedMark: "counted-mark/",
  /** Messages, by their ids: which channels have them. */
  delivery: "delivery/",
  /** Threads and tickets of incidents, by channel. */
  thread: "thread/",
  /** Channels: what they missed, and the alerts about them. */
  channel: "channel/",
  /** Brakes: what they count, which are tripped, and what these hold back. */
  brakes: "brake/",
  /** Approvals, by incident. */
  approval: "approval/",
  /** What their workflows wait for: whoever has a token can end the wait. */
  approvalToken: "approval-token/",
  /** What people asked for by command, and proved, with its answers. */
  request: "request/",
  /** Dead letters, by the queue that they are sent to again, and which of them are notified. */
  deadLetter: "dead-letter/",
} as const;
