// What this package imports from its host, typed as jco types it. Each world that uses the package imports these interfaces.

declare module "golem:api/host@1.1.0" {
  export interface RetryPolicy {
    maxAttempts: number;
    minDelay: bigint;
    maxDelay: bigint;
    multiplier: number;
    maxJitterFactor?: number;
  }
  export interface Uuid {
    highBits: bigint;
    lowBits: bigint;
  }
  export function getOplogIndex(): bigint;
  export function setOplogIndex(oplogIdx: bigint): void;
  export function oplogCommit(replicas: number): void;
  export function markBeginOperation(): bigint;
  export function markEndOperation(begin: bigint): void;
  export function getRetryPolicy(): RetryPolicy;
  export function setRetryPolicy(newRetryPolicy: RetryPolicy): void;
  export function generateIdempotencyKey(): Uuid;
}

declare module "wasi:keyvalue/types@0.1.0" {
  export class Bucket {
    private constructor();
    static openBucket(name: string): Bucket;
  }
  export class OutgoingValue {
    private constructor();
    static newOutgoingValue(): OutgoingValue;
    outgoingValueWriteBodySync(value: Uint8Array): void;
  }
  export class IncomingValue {
    private constructor();
    incomingValueConsumeSync(): Uint8Array;
  }
}

declare module "wasi:keyvalue/eventual@0.1.0" {
  import type { Bucket, IncomingValue, OutgoingValue } from "wasi:keyvalue/types@0.1.0";
  export function get(bucket: Bucket, key: string): IncomingValue | undefined;
  export function set(bucket: Bucket, key: string, outgoingValue: OutgoingValue): void;
  function remove(bucket: Bucket, key: string): void;

  export { remove as delete };
}

declare module "wasi:cli/environment@0.2.0" {
  export function getEnvironment(): [string, string][];
}
