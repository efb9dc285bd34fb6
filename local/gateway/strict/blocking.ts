/** Checks what AWS WAF checks of IP sets, and the emulator does not. */
import { isIP } from "node:net";
import { type ApiCall, ApiError, list } from "../wire/protocol";
import type { StrictCheck } from "./check";

export const blockingChecks: Readonly<Record<string, StrictCheck>> = {
  // Take any text as an address, and any number of them.
  "wafv2:CreateIPSet": async (call) => requireRanges(call),
  "wafv2:UpdateIPSet": async (call) => requireRanges(call),
};

/** API reference of WAFV2, CreateIPSet: "all IPv4 and IPv6 CIDR ranges except for /0"; developer guide: 10,000. */
function requireRanges({ parameters }: ApiCall): void {
  const addresses = list<string>(parameters.Addresses);
  if (addresses.length > 10_000) throw new ApiError("WAFLimitsExceededException", "IP_ADDRESS");
  for (const each of addresses) {
    const [address = "", length = ""] = each.split("/");
    const longest = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
    if (!/^[1-9]\d{0,2}$/.test(length) || Number(length) > longest) {
      throw new ApiError(
        "WAFInvalidParameterException",
        `Error reason: The parameter contains formatting that is not valid., field: IP_ADDRESS, parameter: ${each}`,
      );
    }
  }
}
