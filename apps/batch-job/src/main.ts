import { getEnvironment } from "wasi:cli/environment@0.2.0";

const itemsUrl = () => new Map(getEnvironment()).get("ITEMS_URL");

export const api = {
  async runBatch(items: string[]) {
    const done: string[] = [];
    const poisoned: string[] = [];
    for (const item of items) {
      const response = await fetch(`${itemsUrl()}/items/${item}`);
      await response.text();
      (response.ok ? done : poisoned).push(item);
    }
    return { done, poisoned };
  },
};
