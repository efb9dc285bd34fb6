/** Writes what people read about old access keys, and about what could not be reported of them. */
import { accessKeysRule } from "../compliance-rules";
import type { FailedReport, Report } from "../old-key";
import { type Notice, notice, section } from "./notice";

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
