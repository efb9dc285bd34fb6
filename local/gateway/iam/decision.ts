/** What is asked of authorization, and what it answers. */
import type { Caller } from "./caller";

export interface AuthorizeRequest {
  readonly principal: Caller | { service: string; sourceArn?: string; sourceAccount?: string };
  /** IAM action, for example "s3:ListAllMyBuckets". */
  readonly action: string;
  /** ARN, or "*" for actions without resource types; an id of "*" means a resource yet to be made. */
  readonly resource: string;
  readonly resourceAccount: string;
  readonly region: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
  /** Condition keys that cost a read, asked for only when a policy mentions a key of `keys`. */
  readonly lazy?: LazyContext;
}

export interface LazyContext {
  /** Keys, or prefixes ending in "/", that load() answers. */
  readonly keys: readonly string[];
  /** Keys that are known to be absent, as the tags of a resource yet to be made. */
  readonly absent?: readonly string[];
  load(): Promise<Readonly<Record<string, string | string[]>>>;
}

export interface Decision {
  readonly allowed: boolean;
  /** The sentence AWS ends its message with, for example "because no identity-based policy …". */
  readonly why: string;
}
