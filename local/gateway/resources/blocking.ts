/** Resource table: the IP sets of AWS WAF, those of a region alone. */
import { text, UnknownOperationError } from "../wire/protocol";
import { unscoped } from "./compute";
import { name, named, on } from "./named";
import type { Operation, Request } from "./operation";

/** The sets of CloudFront have other ARNs. */
function refuseGlobal({ parameters }: Request): void {
  const scope = text(parameters.Scope);
  if (scope !== "REGIONAL") throw new UnknownOperationError(`an IP set of the scope ${scope}`);
}

function ipSet(request: Request): string {
  refuseGlobal(request);
  // WAF gives a new set its id.
  const id = text(request.parameters.Id) ?? "*";
  return `${named("wafv2", "Name", "regional/ipset/")(request)}/${id}`;
}

const list: Operation = (request) => {
  refuseGlobal(request);
  return unscoped("wafv2:ListIPSets")(request);
};

const one = (operation: string): Operation =>
  on(`wafv2:${operation}`, ipSet, (request) => {
    name(request, "Id");
    return [];
  });

export const blockingOperations: Readonly<Record<string, Operation>> = {
  "wafv2:CreateIPSet": on("wafv2:CreateIPSet", ipSet),
  "wafv2:DeleteIPSet": one("DeleteIPSet"),
  "wafv2:GetIPSet": one("GetIPSet"),
  "wafv2:ListIPSets": list,
  "wafv2:UpdateIPSet": one("UpdateIPSet"),
};
