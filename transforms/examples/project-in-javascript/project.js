// A mapper to copy from, in JavaScript: rows of record type PROJECT, the same that the stock mapper makes of them.
//
// What it exports is the world `mapper` of `wit/`: `module`, which every module has, and `mapping`. A transaction is
//
//     <Transaction>
//       <PROJECT class="R"> fields, then child rows, each followed by its PSCAMA </PROJECT>
//       <PSCAMA class="R"><AUDIT_ACTN>A</AUDIT_ACTN></PSCAMA>
//     </Transaction>
//
// where a PSCAMA says what happened to the rows before it, back to the PSCAMA before.

import { Malformed, readXml } from "./xml.js";

const RECORD_TYPE = "PROJECT";
const KEY = ["BUSINESS_UNIT", "PROJECT_ID"];

const CLASS_R = /\sclass\s*=\s*["']\s*R\s*["']/i;

// What AUDIT_ACTN means for a table of rows.
const EFFECTS = new Map([
    ["", "upsert"], // a row of a copy
    ["A", "upsert"], // added
    ["C", "upsert"], // changed
    ["N", "upsert"], // the row under its new key
    ["D", "tombstone"], // deleted
    ["K", "tombstone"], // the row under its old key
    ["O", "nothing"], // what a changed row was before
]);

export const module = {
    describe: () => ({
        name: "project-in-javascript",
        version: "1.0.0",
        summary: "PROJECT rows, mapped in JavaScript",
        recordTypes: [RECORD_TYPE],
        configSchema: "", // or a JSON Schema: then `configure` gets what fits it
    }),

    // Nothing to configure. Otherwise: keep `JSON.parse(config)`, or refuse it with `throw "why"`.
    configure(config) {},
};

export const mapping = {
    mapBatch: (batch) => batch.map(answer),
};

class Rejected extends Error {
    constructor(reason, kind = "invalid") {
        super(reason);
        this.kind = kind;
    }
}

// Only a rejection is caught: any other error is a crash of this module, and ps-stream names it so.
function answer(transaction) {
    try {
        return { tag: "ok", val: changes(read(transaction.document)) };
    } catch (error) {
        if (!(error instanceof Rejected)) throw error;
        return { tag: "err", val: { kind: error.kind, reason: error.message, position: null } };
    }
}

function read(document) {
    const root = wellFormed(document);
    if (root.name.toUpperCase() !== "TRANSACTION") {
        throw new Rejected(`not a transaction: the root element is "${root.name}"`, "unexpected");
    }
    return root;
}

function wellFormed(document) {
    try {
        return readXml(document);
    } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        throw new Rejected(error.message, "malformed");
    }
}

function changes(transaction) {
    if (marksFullSync(transaction)) return [];
    const rows = [...rowsOf(transaction)];
    if (rows.length === 0) throw new Rejected("a transaction without rows", "unexpected");
    const made = [];
    const taken = new Set();
    for (const [row, action] of rows) {
        const key = keyOf(row);
        // Keys may swap: an old key that another row has taken since is not gone.
        if (action === "A" || action === "N") taken.add(key);
        if (action !== "K" || !taken.has(key)) made.push(...change(row, key, effectOf(row, action)));
    }
    return made;
}

function change(row, key, effect) {
    switch (effect) {
        case "upsert":
            return [{ tag: effect, val: { recordType: RECORD_TYPE, key, value: JSON.stringify(valueOf(row)) } }];
        case "tombstone":
            return [{ tag: effect, val: { recordType: RECORD_TYPE, key } }];
        default:
            return [];
    }
}

function effectOf(row, action) {
    const effect = EFFECTS.get(action);
    if (effect === undefined) {
        const shown = `audit action "${action.slice(0, 10)}" of record type "${row.name}"`;
        throw new Rejected(`${shown} is not one of A, C, D, K, N, O`);
    }
    return effect;
}

function keyOf(row) {
    if (row.name.toUpperCase() !== RECORD_TYPE) throw new Rejected(`record type "${row.name}" has no key rule`);
    const key = KEY.map((field) => [field, textOf(row, field)]);
    for (const [field, text] of key) {
        if (text === undefined) throw new Rejected(`record type "${RECORD_TYPE}" lacks its key field "${field}"`);
    }
    if (key.every(([, text]) => text.trim() === "")) {
        throw new Rejected(`the key of record type "${RECORD_TYPE}" is blank: ${KEY.join(", ")}`);
    }
    return JSON.stringify(Object.fromEntries(key));
}

// Its fields as text; then its child rows, always as arrays, without those that are gone.
function valueOf(row) {
    const fields = row.elements.filter(isField);
    const value = new Map(fields.map((field) => [field.name, field.text]));
    if (value.size < fields.length) throw new Rejected(`a field twice in one row of record type "${row.name}"`);
    for (const [child, action] of rowsOf(row)) {
        if (effectOf(child, action) === "upsert") siblingsOf(child, value, row).push(valueOf(child));
    }
    return Object.fromEntries(value);
}

function siblingsOf(child, value, parent) {
    if (!value.has(child.name)) value.set(child.name, []);
    const siblings = value.get(child.name);
    if (typeof siblings === "string") {
        throw new Rejected(`"${child.name}" is both a field and a child row of record type "${parent.name}"`);
    }
    return siblings;
}

// The rows directly in an element, each with its audit action; "" where nothing is said of it.
function* rowsOf(parent) {
    let waiting = [];
    for (const element of parent.elements) {
        if (isControl(element)) {
            const action = textOf(element, "AUDIT_ACTN") ?? "";
            for (const row of waiting) yield [row, action.trim() === "" ? "" : action];
            waiting = [];
        } else if (!isField(element)) {
            waiting.push(element);
        }
    }
    for (const row of waiting) yield [row, ""];
}

// Whether a full copy begins or ends here: then its rows are no data.
function marksFullSync(transaction) {
    return transaction.elements.some((e) => isControl(e) && ["H", "T"].includes(textOf(e, "MSG_SEQ_FLG")));
}

const isControl = (element) => element.name.toUpperCase() === "PSCAMA";

// A row has class="R" or elements in it.
function isField(element) {
    if (element.elements.length > 0 || isControl(element)) return false;
    return element.attributes === "" || !CLASS_R.test(element.attributes);
}

const textOf = (row, field) => row.elements.find((element) => element.name.toUpperCase() === field)?.text;
