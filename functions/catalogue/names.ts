/** Names that code, components and the command share. Constants only. */

/** Where Cordon's hub, functions and journal are deployed. */
export const homeRegion = "us-east-1";

/** Namespace of Cordon's metrics in CloudWatch. */
export const metricNamespace = "GuardDuty/AutoRemediation";
