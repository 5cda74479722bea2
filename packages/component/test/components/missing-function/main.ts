const run = () => "once";

export const api = { run };
