/** What the drill can play: each a story about one incident, with what must hold at its end. */

import { analyst } from "./analyst";
import { consumer } from "./consumer";
import { credentialScenarios } from "./credentials";
import { instanceScenarios } from "./instances";
import { keyRotationScenarios } from "./key-rotation";
import { lateVpcScenarios } from "./late-vpcs";
import { newAccount } from "./new-account";
import type { Scenario } from "./scenario";

export type { Scenario } from "./scenario";
export { release } from "./scenario";

/** Everything the drill can play. */
export const scenarios: readonly Scenario[] = [
  ...instanceScenarios,
  ...lateVpcScenarios,
  ...credentialScenarios,
  analyst,
  ...keyRotationScenarios,
  newAccount,
  consumer,
];
