/** Names that earlier releases gave to what the direct baseline makes, so that nothing is replaced. */
import * as pulumi from "@pulumi/pulumi";

const roles = { type: "cordon:remediate:MemberRoles" };
const forwarding = { type: "cordon:detect:Forwarding" };

/**
 * Gives the aliases of a resource by what follows the component's name. Roles and forwarding were
 * components of their own, each named apart.
 *
 * @param names of the components that were; none means that there was none
 */
export function formerly(names: {
  readonly roles?: string;
  readonly forwarding?: string;
}): (suffix: string) => pulumi.Alias[] {
  return (suffix) => {
    const forwarded = /^cordon-forward-(?:guardduty|security-hub|exposures)-(.+)$/.exec(
      suffix,
    )?.[1];
    if (forwarded !== undefined && names.forwarding !== undefined) {
      return [former(names.forwarding, forwarding.type, forwardingSuffix[forwarded] ?? forwarded)];
    }
    if (names.roles !== undefined && /^cordon-(contain|release|investigate)-/.test(suffix)) {
      return [former(names.roles, roles.type, suffix.replace(/-derived$/, "-policy"))];
    }
    return [];
  };
}

const forwardingSuffix: Readonly<Record<string, string>> = {
  "role-hub": "policy",
  "rule-cordon-hub": "target",
};

function former(component: string, type: string, suffix: string): pulumi.Alias {
  return { name: `${component}-${suffix}`, parent: pulumi.createUrn(component, type) };
}
