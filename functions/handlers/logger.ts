/** The one logger of a function. */
import { Logger } from "@aws-lambda-powertools/logger";

export const logger = new Logger();
