/**
 * Stands in for the policies of buckets: the emulator reads them without their conditions, and a
 * bucket that refuses what comes without TLS would refuse everything. They are kept and shown here
 * and decide nothing: other accounts than the bucket's are refused as S3 does
 * where no policy admits them, and calls on objects by anyone but the deployer and the seeds by name.
 */
import { type Answer, type ApiCall, ApiError, text } from "../wire/protocol";

export class BucketPolicies {
  readonly #policies = new Map<string, string>();
  /** Bucket to the account that made it. */
  readonly #owners = new Map<string, string>();

  /**
   * Answers a call on a bucket's policy; undefined for any other call. `exists` says whether there
   * is a bucket of that name.
   *
   * @throws ApiError for calls of an account on another's bucket
   */
  async answer(
    call: ApiCall,
    account: string,
    exists: (bucket: string) => Promise<boolean>,
  ): Promise<Answer | undefined> {
    if (call.service !== "s3") return undefined;
    const bucket = text(call.parameters.Bucket) ?? "";
    const { operation } = call;
    const owner = this.#owners.get(bucket);
    if (owner !== undefined && owner !== account) {
      throw operation === "CreateBucket"
        ? new ApiError("BucketAlreadyExists", "The requested bucket name is not available.", 409)
        : new ApiError("AccessDenied", "Access Denied", 403);
    }
    if (operation === "CreateBucket") this.#owners.set(bucket, account);
    if (operation === "DeleteBucket") {
      this.#policies.delete(bucket);
      this.#owners.delete(bucket);
    }
    if (!/^(Put|Get|Delete)BucketPolicy$/.test(operation)) return undefined;
    if (!(await exists(bucket))) {
      throw new ApiError("NoSuchBucket", "The specified bucket does not exist", 404);
    }
    if (operation === "PutBucketPolicy") {
      const policy = call.http.body.toString("utf8");
      if (!isPolicyOf(policy, bucket)) {
        throw new ApiError("MalformedPolicy", "Policies must be valid JSON about this bucket");
      }
      this.#policies.set(bucket, policy);
      return empty;
    }
    const policy = this.#policies.get(bucket);
    if (operation === "DeleteBucketPolicy") {
      this.#policies.delete(bucket);
      return empty;
    }
    if (policy === undefined) {
      throw new ApiError("NoSuchBucketPolicy", "The bucket policy does not exist", 404);
    }
    return { status: 200, headers: { "content-type": "application/json" }, body: policy };
  }
}

const empty: Answer = { status: 204, headers: {}, body: "" };

/** Says whether the text is a policy whose every statement is about this bucket. */
function isPolicyOf(policy: string, bucket: string): boolean {
  const arn = `arn:aws:s3:::${bucket}`;
  try {
    const { Version, Statement } = JSON.parse(policy);
    return (
      Version === "2012-10-17" &&
      Array.isArray(Statement) &&
      Statement.length > 0 &&
      Statement.flatMap(({ Resource }) => Resource).every(
        (resource) => resource === arn || String(resource).startsWith(`${arn}/`),
      )
    );
  } catch {
    return false;
  }
}
