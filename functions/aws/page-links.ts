/** Computes and checks the codes of links to the approval page, with a key of KMS. */
import { GenerateMacCommand, KMSClient, VerifyMacCommand } from "@aws-sdk/client-kms";
import { clientConfig } from "./client";
import { hasCode } from "./errors";

const MacAlgorithm = "HMAC_SHA_256";

/** Opens what makes links, and checks them by making their codes anew. */
export function linkMaker(region: string, KeyId: string) {
  const kms = new KMSClient(clientConfig(region));
  return {
    async codeOf(message: string): Promise<Uint8Array> {
      const Message = Buffer.from(message);
      const { Mac } = await kms.send(new GenerateMacCommand({ KeyId, MacAlgorithm, Message }));
      if (Mac === undefined) throw new Error("KMS returned no code for a link");
      return Mac;
    },
  };
}

/** Opens what checks links and can make none. */
export function linkVerifier(region: string, KeyId: string) {
  const kms = new KMSClient(clientConfig(region));
  return {
    async isGenuine(message: string, code: Uint8Array): Promise<boolean> {
      const request = { KeyId, MacAlgorithm, Message: Buffer.from(message), Mac: code } as const;
      try {
        return (await kms.send(new VerifyMacCommand(request))).MacValid === true;
      } catch (error) {
        if (hasCode(error, "KMSInvalidMacException")) return false;
        throw error;
      }
    },
  };
}
