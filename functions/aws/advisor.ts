/** Reads what Trusted Advisor flags in a member account, by the Support API. */
import { DescribeTrustedAdvisorCheckResultCommand, SupportClient } from "@aws-sdk/client-support";
import type { Advisor } from "../flows/exposed-key/reconcile";
import { type Credentials, clientConfig } from "./client";
import { orUndefined } from "./errors";

/** The only region whose endpoint answers for Trusted Advisor. */
const supportRegion = "us-east-1";

export function advisor(credentials: Credentials): Advisor {
  const client = new SupportClient(clientConfig(supportRegion, credentials));
  return {
    async flagged(checkId) {
      const found = await orUndefined(
        client.send(new DescribeTrustedAdvisorCheckResultCommand({ checkId, language: "en" })),
        // The account's support plan does not include the API.
        "SubscriptionRequiredException",
      );
      return (
        found?.result?.flaggedResources?.map((resource) => ({
          id: resource.resourceId ?? "",
          status: resource.status ?? "",
          suppressed: resource.isSuppressed === true,
          metadata: (resource.metadata ?? []).map((column) => column ?? ""),
        })) ?? (found === undefined ? undefined : [])
      );
    },
  };
}
