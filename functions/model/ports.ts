/** Ports that several flows share. Types only; functions/aws implements them. */
import type { Notice } from "../notify/notice";

/** An account of the organization. */
export interface Account {
  readonly id: string;
  readonly name: string;
}

export interface Accounts {
  /** Looks an account up; undefined when the organization has none of that id. */
  account(id: string): Promise<Account | undefined>;
}

export interface Notices {
  publish(notice: Notice): Promise<void>;
}

export interface Clock {
  now(): Date;
}

export interface Refusals {
  /** Checks whether an error means "not permitted": a retry will not help. */
  isRefusal(error: unknown): boolean;
}

/** Counts the deliveries of one message. */
export interface Attempt {
  /** This delivery's number, from 1. */
  readonly delivery: number;
  /** The number after which the queue, or the workflow, gives up. */
  readonly lastDelivery: number;
}
