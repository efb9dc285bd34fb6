/** Names that code, components and the command share. Constants only. */

/** Where Cordon's hub, functions and journal are deployed. */
export const homeRegion = "us-east-1";

/** The tag with which an owner keeps Cordon's hands off an instance, user or role. */
export const optOut = { tag: "AutoRemediation", value: "disabled" } as const;

/** Namespace of Cordon's metrics in CloudWatch. */
export const metricNamespace = "GuardDuty/AutoRemediation";
