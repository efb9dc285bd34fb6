/** Sends notices by e-mail, with Amazon SES in the function's own account and region. */
import { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import type { Notice } from "../notify/notice";
import { clientConfig } from "./client";

const utf8 = (Data: string) => ({ Data, Charset: "UTF-8" });

/** @param from an address that is a verified SES identity, itself or by its domain */
export function mail(region: string, from: string) {
  const client = new SESv2Client(clientConfig(region));
  return {
    async send(
      address: string,
      { subject, text }: Pick<Notice, "subject" | "text">,
    ): Promise<void> {
      await client.send(
        new SendEmailCommand({
          FromEmailAddress: from,
          Destination: { ToAddresses: [address] },
          Content: { Simple: { Subject: utf8(subject), Body: { Text: utf8(text) } } },
        }),
      );
    },
  };
}
