/** Writes addresses of AWS's consoles, where people look further. */
import { homeRegion } from "../catalogue/names";
import type { Finding } from "../model/finding";
import type { Place, Resource } from "../model/resource";

/** What CloudTrail's event history finds events by. */
export interface TrailKey {
  readonly attribute: "AccessKeyId" | "ResourceName" | "Username";
  readonly value: string;
}

/** Names the finding's page in a console. */
export function findingLink(finding: Finding, { region }: Place): string {
  if (finding.link !== undefined) return finding.link;
  return `https://${region}.console.aws.amazon.com/guardduty/home?region=${region}#/findings?search=id%3D${finding.id}`;
}

/**
 * Says by what CloudTrail finds what a resource did: a key, a user, or the session of a role. That of an
 * instance's role has the instance's id. Of a resource it finds who changed it.
 */
export function trailKeyOf(resource: Resource): TrailKey | undefined {
  // Each of its parts has one of its own: the plan's next steps name them.
  if (resource.kind === "sequence") return undefined;
  if ("accessKey" in resource && resource.accessKey) {
    return { attribute: "AccessKeyId", value: resource.accessKey };
  }
  // Of an address it finds what it attacked.
  const named = resource.kind === "address" ? resource.attacked : undefined;
  if (named !== undefined) return { attribute: "ResourceName", value: named };
  if ("name" in resource) return { attribute: "ResourceName", value: resource.id };
  return {
    attribute: "Username",
    value: resource.kind === "role" ? resource.session : resource.id,
  };
}

/**
 * Lists where people look further: the finding in Detective, whose URL format is in its user guide
 * ("Navigating to an entity profile or finding overview using a URL"), and what the resource did in
 * CloudTrail's event history.
 */
export function furtherLinks(
  finding: Finding,
  { account, region }: Place,
  trail: TrailKey | undefined,
): readonly { readonly title: string; readonly url: string }[] {
  const console = `https://${region}.console.aws.amazon.com`;
  return [
    // Only GuardDuty's own findings have no link of their own.
    ...(finding.link === undefined
      ? [
          {
            title: "Detective",
            url: `${console}/detective/home?region=${region}#findings/GuardDuty/${finding.id}`,
          },
        ]
      : []),
    ...(trail === undefined
      ? []
      : // The event history is the account's own, and each region's. IAM's and the global STS's calls are here.
        [...new Set([region, homeRegion])].map((at) => ({
          title: `CloudTrail of ${account} in ${at}`,
          url: `https://${at}.console.aws.amazon.com/cloudtrailv2/home?region=${at}#/events?${trail.attribute}=${encodeURIComponent(trail.value)}`,
        }))),
  ];
}
