import { getRetryPolicy, markBeginOperation, markEndOperation, setRetryPolicy } from "golem:api/host@1.1.0";

const built = Date.now();

export const api = {
  run() {
    const old = getRetryPolicy();
    const begin = markBeginOperation();
    setRetryPolicy({ ...old, maxAttempts: 5 });
    try {
      return `${built}`;
    } finally {
      markEndOperation(begin);
      setRetryPolicy(old);
    }
  },
};
