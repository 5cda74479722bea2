import { getRetryPolicy } from "golem:api/host@1.1.0";
import { greeting } from "./greeting.js";

export const api = { policy: () => getRetryPolicy() };

export const completeInlineFunctions = { greet: greeting };
