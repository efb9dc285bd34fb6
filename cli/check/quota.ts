/** Reads one quota as it is applied to the account in the region. */
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
} from "@aws-sdk/client-service-quotas";
import type { Clients } from "./clients";
import { read, readIfThere, Unread } from "./finding";

/** Falls back on AWS's default where nothing else has ever been applied. @throws Unread */
export async function quota(
  { quotas }: Clients,
  ServiceCode: string,
  QuotaCode: string,
): Promise<number> {
  const asked = { ServiceCode, QuotaCode };
  const applied = await readIfThere(
    "servicequotas:GetServiceQuota",
    quotas.send(new GetServiceQuotaCommand(asked)),
    "NoSuchResourceException",
  );
  const found =
    applied ??
    (await read(
      "servicequotas:GetAWSDefaultServiceQuota",
      quotas.send(new GetAWSDefaultServiceQuotaCommand(asked)),
    ));
  const value = found.Quota?.Value;
  if (value === undefined) {
    const missing = new Error(`the answer for ${QuotaCode} of ${ServiceCode} has no value`);
    throw new Unread("servicequotas:GetServiceQuota", missing);
  }
  return value;
}
