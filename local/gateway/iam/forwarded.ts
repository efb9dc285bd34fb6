/** What a service adds when it calls another one in its caller's name: a forward access session. */

/** Condition keys of a call to KMS by a service that encrypts with its caller's key. */
export function forwarded(service: string, region: string): Record<string, string> {
  return {
    "kms:ViaService": `${service}.${region}.amazonaws.com`,
    "aws:ViaAWSService": "true",
  };
}

/** Which services name themselves in these is not known here. */
export function isOfForwarding(key: string): boolean {
  return /^aws:calledvia/.test(key);
}
