/** Forwarding from the accounts to the hub: what is forwarded, and its rules' and queues' names. */

/** Kinds of events that are forwarded. The hub accepts from each forwarder only its own kind. */
export type Forwarded =
  | "guardduty"
  | "security-hub"
  | "exposures"
  | "network"
  | "drift"
  | "compliance";

/** Names the rule that forwards, on the default bus. */
export function forwardingRuleName(what: Forwarded): string {
  return `cordon-forward-${what}`;
}

/** Names the queue of what such a rule could not deliver; "*" for all of them. */
export function forwardingDeadLetters(what: Forwarded | "*"): string {
  return `cordon-forward-${what}-dead-letters`;
}

/** Lists what is forwarded from one account and region. */
export function forwardedFrom(place: {
  /** GuardDuty and Security Hub report every account's findings to the security account. */
  readonly security: boolean;
  /** Trusted Advisor, AWS Health and root's sign-ins report here only; Security Hub's actions are chosen here. */
  readonly home: boolean;
}): readonly Forwarded[] {
  return [
    ...(place.security ? (["guardduty"] as const) : []),
    ...(place.security && place.home ? (["security-hub"] as const) : []),
    ...(place.home ? (["exposures"] as const) : []),
    "network",
    "drift",
    "compliance",
  ];
}
