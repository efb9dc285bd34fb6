/** Writes what people read about old access keys, and about what could not be reported of them. */

import { accessKeysRule } from "../../catalogue/compliance-rules";
import { memberRoleName } from "../../catalogue/member-role-name";
import { homeRegion } from "../../catalogue/names";
import { type Notice, notice, section } from "../../notify/notice";
import type { FailedReport, Report } from "./report";

export function oldKeyNotice({ account, userName }: Report, accountName: string): Notice {
  return notice(`[Cordon] Rotate the access key of ${userName} in ${account}`, [
    `Account: ${account} (${accountName})`,
    `User: ${userName}`,
    section("What AWS Config found", [
      "An active access key of this user is older than the organization allows.",
      "Nothing was changed: the key goes on working.",
    ]),
    section("Do this", [
      "Make a second key, put it to use, and disable the old one.",
      "Delete the old key once nothing misses it. If nobody knows the user, disable its keys.",
    ]),
    "You are told once a week until the key is rotated.",
  ]);
}

export function failedReportNotice(failed: FailedReport, accountName: string): Notice {
  const { account, region, execution, status } = failed;
  const inRegion = `--region ${region}`;
  const ofRule = `--config-rule-name ${accessKeysRule} ${inRegion}`;
  return notice(`[Cordon] Old access keys of ${account} may go unreported`, [
    `Account: ${account} (${accountName}), ${region}`,
    `Automation: ${execution}, ${status}`,
    section("What failed", [
      `The automation ${accessKeysRule}, which reports a user with an old access key.`,
      "After some failures AWS Config excepts the user, and is silent about it until somebody deletes the exception.",
    ]),
    section("Do this, with credentials of the account", [
      `Read why: aws ssm get-automation-execution --automation-execution-id ${execution} ${inRegion}`,
      `Once that is mended, see who is excepted: aws configservice describe-remediation-exceptions ${ofRule}`,
      `Delete what nobody meant: aws configservice delete-remediation-exceptions ${ofRule} --resource-keys ResourceType=AWS::IAM::User,ResourceId=AIDA...`,
    ]),
    "You are told once a week and account while automations fail.",
  ]);
}

/** An account as people know it. */
interface Account {
  readonly id: string;
  readonly name: string;
}

export function closedAccountNotice({ id, name }: Account): Notice {
  return notice(`[Cordon] Old access keys were reported in ${id}, which Cordon cannot ask`, [
    `Account: ${id} (${name})`,
    section("What happened", [
      "An automation reported a user of this account. Cordon may not read the user's keys, so nobody is told of single users.",
      "Whoever administers an account whose reports are admitted can report any: it may not be true.",
    ]),
    section("Do this", [
      `Look whether the role ${memberRoleName("identity", "investigate")} stands in the account, and what forbids it to list access keys.`,
      seeUsers,
    ]),
    "You are told once a week and account while it stays so.",
  ]);
}

export function manyOldKeysNotice({ id, name }: Account, most: number): Notice {
  return notice(`[Cordon] More than ${most} users of ${id} have old access keys`, [
    `Account: ${id} (${name})`,
    section("What happened", [
      `People were told of ${most} users this week. Of others nobody is told before the next.`,
    ]),
    section("Do this", [seeUsers]),
    "You are told once a week and account while there are so many.",
  ]);
}

const seeUsers = `See all of them, with credentials of the account: aws configservice get-compliance-details-by-config-rule --config-rule-name ${accessKeysRule} --compliance-types NON_COMPLIANT --region ${homeRegion}`;
