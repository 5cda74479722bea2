import { getEnvironment } from "wasi:cli/environment@0.2.0";

const ordersUrl = () => new Map(getEnvironment()).get("ORDERS_URL");

export const api = {
  async fetchOrder(id: string) {
    const response = await fetch(`${ordersUrl()}/orders/${id}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`orders said ${response.status}`);
    return JSON.parse(text);
  },
};
