/** Checks the team's playbook on a function made for that, in a test account or an emulator. */
import "./playbooks";
import { checkPlaybook } from "../../custom/check";
import { open } from "./function-url";

/** Lists what is wrong with the playbook; nothing where all is well. */
export const checkFunctionUrl = (
  place: { readonly account: string; readonly region: string },
  id: string,
  credentials: Parameters<typeof open>[1],
) =>
  checkPlaybook("function-url", {
    ...place,
    id,
    missing: "no-such-function",
    setting: open(place.region, credentials, place.account),
  });
