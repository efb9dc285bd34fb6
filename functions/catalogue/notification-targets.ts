/** Access to Jira and mail, as settings hold it and the function reads it. Types only. */

/** Access to Jira Cloud by its REST API 3. */
export interface JiraAccess {
  /** Base URL, https and without a slash at its end: https://NAME.atlassian.net. */
  readonly site: string;
  /** Key of the project, such as SEC. */
  readonly project: string;
  /** Name of the type of issue, such as Task. */
  readonly issueType: string;
  /** E-mail address of the Jira user whose API token is used. */
  readonly user: string;
  /** ARN of the secret in the security account, with its six-character ending, that is the token. */
  readonly secret: string;
}

/** E-mail by Amazon SES to the owner whom a tag of the user names. */
export interface MailAccess {
  /** Key of the tag on IAM users whose value is the owner's address. */
  readonly tag: string;
  /** Sender, a verified SES identity in the security account and us-east-1, itself or by its domain. */
  readonly from: string;
  /** Allowed domains, in lower case: any principal that may tag a user chooses the address. */
  readonly domains: readonly string[];
}
