import { describe, expect, test } from "vitest";
import { checked, problem, type Shape } from "../src/guest/check.js";
import { returnsOf } from "../src/wit/shapes.js";

const wit = `
package demo:shop@1.0.0;

interface types {
  enum state { open, paid-in-full }
  record item { sku: string, count: u16 }
}

interface api {
  use types.{state, item as line};
  use golem:api/host@1.1.0.{uuid};

  /// An order.
  record order {
    order-id: string,
    total: u32,
    state: state,
    items: list<line>,
    note: option<string>,
  }
  variant event { moved(tuple<f64, bool>), gone }
  flags rights { can-read, write }
  type orders = list<order>;
  resource cart { add: func(sku: string); }

  find-all: func(state: state) -> result<orders, string>;
  last: func() -> event;
  rights: func() -> rights;
  id: func() -> uuid;
  clear: func();
  open-cart: func() -> cart;
  nested: func() -> option<option<u8>>;
}

world shop {
  import golem:api/host@1.1.0;
  export api;
  export total: func() -> u64;
}
`;

const order: Shape = {
  record: [
    ["orderId", "string"],
    ["total", "u32"],
    ["state", { enum: ["open", "paid-in-full"] }],
    [
      "items",
      {
        list: {
          record: [
            ["sku", "string"],
            ["count", "u16"],
          ],
        },
      },
    ],
    ["note", { option: "string" }],
  ],
};

test("what functions return is read from the WIT, as JavaScript has it", () => {
  expect(returnsOf(wit, "shop")).toEqual({
    api: {
      findAll: ["find-all", { result: [{ list: order }, "string"] }],
      last: [
        "last",
        {
          variant: [
            ["moved", { tuple: ["f64", "bool"] }],
            ["gone", null],
          ],
        },
      ],
      rights: ["rights", { flags: ["canRead", "write"] }],
    },
    shopInlineFunctions: { total: ["total", "u64"] },
  });
});

describe("a value", () => {
  const fine = { orderId: "7", total: 1, state: "open", items: [{ sku: "a", count: 2 }] };
  test.each<[Shape, unknown, string | undefined]>([
    [order, fine, undefined],
    [order, { ...fine, note: "fast" }, undefined],
    [order, { ...fine, total: undefined }, "the result.total is missing. Return a number for u32"],
    [order, { ...fine, total: -1 }, "the result.total is -1. Return a number for u32"],
    [order, { ...fine, total: 1.5 }, "the result.total is 1.5. Return a number for u32"],
    [order, { ...fine, state: "closed" }, 'the result.state is "closed". Return "open" or "paid-in-full"'],
    [order, { ...fine, items: [{ sku: "a" }] }, "the result.items[0].count is missing. Return a number for u16"],
    [order, { ...fine, items: {} }, "the result.items is {}. Return a list"],
    [order, { ...fine, note: 7 }, "the result.note is 7. Return a string"],
    [order, null, "the result is null. Return an object"],
    ["u64", 7, "the result is 7. Return a bigint for u64"],
    ["u64", 2n ** 64n - 1n, undefined],
    ["s64", 2n ** 63n, "the result is 9223372036854775808n. Return a bigint for s64"],
    ["f64", Number.NaN, undefined],
    ["bool", 0, "the result is 0. Return a boolean"],
    ["char", "🦀", undefined],
    ["char", "ab", 'the result is "ab". Return a string of one character'],
    ["any", undefined, undefined],
    [{ list: "u8" }, new Uint8Array(3), undefined],
    [{ list: "u8" }, [1, 256], "the result[1] is 256. Return a number for u8"],
    [{ tuple: ["u8", "string"] }, [1], "the result is [1]. Return a list of 2"],
    [
      {
        variant: [
          ["moved", "u8"],
          ["gone", null],
        ],
      },
      { tag: "gone" },
      undefined,
    ],
    [
      {
        variant: [
          ["moved", "u8"],
          ["gone", null],
        ],
      },
      { tag: "moved", val: -1 },
      "the result.val is -1. Return a number for u8",
    ],
    [{ variant: [["moved", "u8"]] }, { moved: 1 }, 'the result.tag is missing. Return "moved"'],
    [{ result: ["u8", null] }, { tag: "ok", val: "1" }, 'the result.val is "1". Return a number for u8'],
    [{ flags: ["read"] }, { raed: true }, 'the result has no flag raed. Use "read"'],
  ])("%#", (shape, value, said) => {
    expect(problem(shape, value, "the result")).toBe(said);
  });
});

test("functions are wrapped, async ones too, and keep their this", async () => {
  class Api {
    total: unknown = 1;
    now() {
      return this.total;
    }
    async later() {
      return this.total;
    }
    other = () => "unchecked";
  }
  const own = new Api();
  const api = checked(own, { now: ["now", "u8"], later: ["run-later", "u8"], missing: ["missing", "u8"] });
  expect([api.now(), await api.later(), api.other()]).toEqual([1, 1, "unchecked"]);
  own.total = undefined;
  expect(() => api.now()).toThrow(
    new TypeError("now: the result is missing. Return a number for u8, as the WIT says."),
  );
  await expect(api.later()).rejects.toThrow("run-later: the result is missing.");
});

/** What componentize-js does with what a function with a `result` throws. Its `Error` is of another realm. */
function asBound(run: () => unknown): unknown {
  try {
    return { tag: "ok", val: run() };
  } catch (thrown) {
    return {
      tag: "err",
      val: Object.hasOwn(Object(thrown), "payload") ? (thrown as { payload: unknown }).payload : thrown,
    };
  }
}

describe("a function with a result", () => {
  const bug = new TypeError("order is undefined");
  const own = {
    buggy: () => {
      throw bug;
    },
    refuses: () => {
      throw "no such order";
    },
    carries: () => {
      throw Object.assign(new Error("no such order"), { payload: { code: 404 } });
    },
    wrong: () => "7",
    later: async () => {
      throw bug;
    },
  };
  const returns = ([ok, err]: [Shape | null, Shape | null]) =>
    Object.fromEntries(Object.keys(own).map((name) => [name, [name, { result: [ok, err] }] as [string, Shape]]));
  const api = checked(own, returns(["u8", "string"]));
  const empty = checked(own, returns([null, null]));

  test("gives its err when it throws anything but an Error, or an Error with a payload", () => {
    expect(asBound(api.refuses)).toEqual({ tag: "err", val: "no such order" });
    expect(asBound(api.carries)).toEqual({ tag: "err", val: { code: 404 } });
  });

  test("fails with the very Error that it throws, though the bindings would take it for its err", async () => {
    expect(() => asBound(api.buggy)).toThrow(bug);
    expect(() => asBound(empty.buggy)).toThrow(bug);
    const thrown = await api.later().catch((error: unknown) => error);
    expect(() =>
      asBound(() => {
        throw thrown;
      }),
    ).toThrow(bug);
  });

  test("fails when the value of its ok does not fit", () => {
    expect(() => asBound(api.wrong)).toThrow('wrong: the result is "7". Return a number for u8, as the WIT says.');
    expect(asBound(empty.wrong)).toEqual({ tag: "ok", val: "7" });
  });
});
