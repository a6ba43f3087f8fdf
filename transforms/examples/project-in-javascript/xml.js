// Reads XML into a tree of elements: { name, attributes, text, elements }. Names are without their prefix, attributes are the
// text that is written in the tag, `text` is all that stands directly in the element.
//
// A transaction is well-formed and has no document type: wit/mapper.wit says so. What would be misread all the same is
// refused. The libraries on npm look at each character, which is slow where JavaScript is interpreted, as QuickJS does: this
// looks for the next "<" in one go.

export class Malformed extends Error {}

const ENTITIES = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const TAG = /<([^\s/>]+)((?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/y;

export function readXml(document) {
    const xml = document.includes("\r") ? document.replace(/\r\n?/g, "\n") : document;
    const top = element("", "");
    const open = [top];
    let at = 0;
    while (at < xml.length) {
        const next = xml.indexOf("<", at);
        const parent = open.at(-1);
        parent.text += decode(xml.slice(at, next < 0 ? xml.length : next));
        at = next < 0 ? xml.length : markup(xml, next, open);
    }
    if (open.length !== 1 || top.elements.length !== 1) throw new Malformed("the document is cut off, or is several");
    return top.elements[0];
}

// Takes what begins with "<" and gives the place after it.
function markup(xml, at, open) {
    switch (xml[at + 1]) {
        case "/":
            return endTag(xml, at, open);
        case "?":
            return after(xml, "?>", at);
        case "!":
            return xml.startsWith("<!--", at) ? after(xml, "-->", at + 4) : cdata(xml, at, open);
        default:
            return startTag(xml, at, open);
    }
}

function startTag(xml, at, open) {
    const [tag, name, attributes, empty] = bareTag(xml, at) ?? anyTag(xml, at);
    const started = element(name, attributes);
    open.at(-1).elements.push(started);
    if (empty === "") open.push(started);
    return at + tag.length;
}

// Most tags are a name and nothing else, and found faster.
function bareTag(xml, at) {
    const tag = xml.slice(at, after(xml, ">", at));
    return /[\s/]/.test(tag) ? null : [tag, tag.slice(1, -1), "", ""];
}

function anyTag(xml, at) {
    TAG.lastIndex = at;
    const tag = TAG.exec(xml);
    if (tag === null) throw new Malformed(`no tag at character ${at}`);
    return tag;
}

function endTag(xml, at, open) {
    const end = after(xml, ">", at);
    const ended = open.pop();
    if (localName(xml.slice(at + 2, end - 1).trimEnd()) !== ended.name) {
        throw new Malformed(`"${ended.name}" is not ended at character ${at}`);
    }
    return end;
}

function cdata(xml, at, open) {
    if (!xml.startsWith("<![CDATA[", at)) throw new Malformed(`a document type at character ${at}`);
    const end = after(xml, "]]>", at);
    open.at(-1).text += xml.slice(at + 9, end - 3);
    return end;
}

function after(xml, text, at) {
    const found = xml.indexOf(text, at);
    if (found < 0) throw new Malformed(`no "${text}" after character ${at}`);
    return found + text.length;
}

function decode(text) {
    return text.includes("&") ? text.replace(/&([^;]*);?/g, reference) : text;
}

function reference(whole, name) {
    if (Object.hasOwn(ENTITIES, name)) return ENTITIES[name];
    const code = Number(name.replace(/^#x/, "0x").replace(/^#/, ""));
    if (!name.startsWith("#") || !(code > 0 && code <= 0x10ffff)) throw new Malformed(`"${whole}" is no reference`);
    return String.fromCodePoint(code);
}

const element = (name, attributes) => ({ name: localName(name), attributes, text: "", elements: [] });

const localName = (name) => name.slice(name.indexOf(":") + 1);
