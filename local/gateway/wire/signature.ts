/** Verifies signatures of requests (Signature Version 4), as AWS describes how they are made. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { type HttpRequest, header } from "./protocol";

const hash = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, data: string) =>
  createHmac("sha256", key).update(data).digest();

/** Checks whether the holder of a secret signed a request to "/" without a query. */
export function isSignedBy(http: HttpRequest, secret: string): boolean {
  const authorization = header(http, "authorization") ?? "";
  const parts =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/((\d{8})\/([^/]+)\/([^/]+)\/aws4_request),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  const date = header(http, "x-amz-date") ?? "";
  if (parts === null || http.target !== "/") return false;
  const [, scope = "", day = "", region = "", service = "", names = "", signature = ""] = parts;
  if (!date.startsWith(day)) return false;
  const canonical = [
    http.method,
    "/",
    "",
    ...names
      .split(";")
      .map((name) => `${name}:${(header(http, name) ?? "").trim().replace(/ +/g, " ")}`),
    "",
    names,
    hash(http.body),
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", date, scope, hash(canonical)].join("\n");
  const key = [region, service, "aws4_request"].reduce(
    (made: Buffer, part) => hmac(made, part),
    hmac(`AWS4${secret}`, day),
  );
  return timingSafeEqual(hmac(key, text), Buffer.from(signature, "hex"));
}
