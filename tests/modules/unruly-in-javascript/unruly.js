// A mapper that does what the transaction's id says; `look` answers with everything it could get hold of.

const DEEDS = {
    fail: () => {
        throw new RangeError("no such luck");
    },
    look: () => ({
        globals: Object.getOwnPropertyNames(globalThis).sort(),
        time: Date.now(),
        clock: performance.now(),
    }),
};

export const module = {
    describe: () => ({
        name: "unruly-in-javascript",
        version: "0.0.1",
        summary: "does what the transaction's id says",
        recordTypes: [],
        configSchema: "",
    }),
    configure(config) {},
};

export const mapping = {
    mapBatch: (batch) => batch.map(({ transactionId }) => ({ tag: "ok", val: [answer(transactionId)] })),
};

function answer(id) {
    const value = (DEEDS[id.split("-")[0]] ?? (() => "good"))();
    return { tag: "upsert", val: { recordType: "UNRULY", key: JSON.stringify(id), value: JSON.stringify(value) } };
}
