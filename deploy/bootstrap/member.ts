/** What the deployment does in a member account. */

import { accountActions } from "../../cli/check/permissions";
import { baseline, groups, memberGrants, preflight } from "./accounts";
import type { Part } from "./grants";
import { range } from "./range";

export const member: readonly Part[] = [
  groups,
  baseline({ MemberDeployment: "direct" }, memberGrants),
  range,
  preflight(accountActions),
];
