"""A mapper to copy from, in Python: rows of record type PROJECT, the same that the stock mapper makes of them.

componentize-py makes `wit_world` and `componentize_py_types` of `wit/`; all else comes with Python, XML too. A transaction is

    <Transaction>
      <PROJECT class="R"> fields, then child rows, each followed by its PSCAMA </PROJECT>
      <PSCAMA class="R"><AUDIT_ACTN>A</AUDIT_ACTN></PSCAMA>
    </Transaction>

where a PSCAMA says what happened to the rows before it, back to the PSCAMA before.
"""

import json
from collections.abc import Iterator
from enum import Enum
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from componentize_py_types import Err, Ok, Result
from wit_world import exports
from wit_world.exports.mapping import Change, Change_Tombstone, Change_Upsert, PrimaryKey, Row, Transaction
from wit_world.imports.types import Description, Rejection, RejectionKind

RECORD_TYPE = "PROJECT"
KEY = ["BUSINESS_UNIT", "PROJECT_ID"]

Effect = Enum("Effect", ["UPSERT", "TOMBSTONE", "NOTHING"])

# What AUDIT_ACTN means for a table of rows.
EFFECTS = {
    "": Effect.UPSERT,  # a row of a copy
    "A": Effect.UPSERT,  # added
    "C": Effect.UPSERT,  # changed
    "N": Effect.UPSERT,  # the row under its new key
    "D": Effect.TOMBSTONE,  # deleted
    "K": Effect.TOMBSTONE,  # the row under its old key
    "O": Effect.NOTHING,  # what a changed row was before
}


class Module(exports.Module):
    """What every module has, of either kind."""

    def describe(self) -> Description:
        return Description(
            name="project-in-python",
            version="1.0.0",
            summary="PROJECT rows, mapped in Python",
            record_types=[RECORD_TYPE],
            config_schema="",  # or a JSON Schema: then `configure` gets what fits it
        )

    def configure(self, config: str) -> None:
        """Nothing to configure. Otherwise: keep `json.loads(config)`, or refuse it with `raise Err("why")`."""


class Mapping(exports.Mapping):
    """What a mapper has."""

    def map_batch(self, batch: list[Transaction]) -> list[Result[list[Change], Rejection]]:
        return [answer(transaction) for transaction in batch]


def answer(transaction: Transaction) -> Result[list[Change], Rejection]:
    """Only a rejection is caught: any other exception is a crash of this module, and ps-stream names it so."""
    try:
        return Ok(changes(read(transaction.document)))
    except Err as rejection:
        return rejection


def read(document: str) -> Element:
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as error:
        raise rejected(str(error), RejectionKind.MALFORMED) from error
    if name(root).upper() != "TRANSACTION":
        raise rejected(f'not a transaction: the root element is "{name(root)}"', RejectionKind.UNEXPECTED)
    return root


def changes(transaction: Element) -> list[Change]:
    if marks_full_sync(transaction):
        return []
    rows = list(rows_of(transaction))
    if not rows:
        raise rejected("a transaction without rows", RejectionKind.UNEXPECTED)
    made, taken = [], set()
    for row, action in rows:
        key = key_of(row)
        # Keys may swap: an old key that another row has taken since is not gone.
        if action in ("A", "N"):
            taken.add(key)
        if action != "K" or key not in taken:
            made += change(row, key, effect_of(row, action))
    return made


def change(row: Element, key: str, effect: Effect) -> list[Change]:
    match effect:
        case Effect.UPSERT:
            return [Change_Upsert(Row(RECORD_TYPE, key, to_json(value_of(row))))]
        case Effect.TOMBSTONE:
            return [Change_Tombstone(PrimaryKey(RECORD_TYPE, key))]
        case Effect.NOTHING:
            return []


def effect_of(row: Element, action: str) -> Effect:
    if action in EFFECTS:
        return EFFECTS[action]
    raise rejected(f'audit action "{action[:10]}" of record type "{name(row)}" is not one of A, C, D, K, N, O')


def key_of(row: Element) -> str:
    if name(row).upper() != RECORD_TYPE:
        raise rejected(f'record type "{name(row)}" has no key rule')
    key = {field: text_of(row, field) for field in KEY}
    for field, text in key.items():
        if text is None:
            raise rejected(f'record type "{RECORD_TYPE}" lacks its key field "{field}"')
    if not any(text.strip() for text in key.values()):
        raise rejected(f'the key of record type "{RECORD_TYPE}" is blank: {", ".join(KEY)}')
    return to_json(key)


def value_of(row: Element) -> dict[str, str | list]:
    """Its fields as text; then its child rows, always as lists, without those that are gone."""
    fields = [element for element in row if is_field(element)]
    value = {name(field): field.text or "" for field in fields}
    if len(value) < len(fields):
        raise rejected(f'a field twice in one row of record type "{name(row)}"')
    for child, action in rows_of(row):
        if effect_of(child, action) is Effect.UPSERT:
            siblings = value.setdefault(name(child), [])
            if isinstance(siblings, str):
                raise rejected(f'"{name(child)}" is both a field and a child row of record type "{name(row)}"')
            siblings.append(value_of(child))
    return value


def rows_of(parent: Element) -> Iterator[tuple[Element, str]]:
    """The rows directly in an element, each with its audit action; "" where nothing is said of it."""
    waiting = []
    for element in parent:
        if is_control(element):
            action = text_of(element, "AUDIT_ACTN") or ""
            yield from ((row, action if action.strip() else "") for row in waiting)
            waiting.clear()
        elif not is_field(element):
            waiting.append(element)
    yield from ((row, "") for row in waiting)


def marks_full_sync(transaction: Element) -> bool:
    """Whether a full copy begins or ends here: then its rows are no data."""
    return any(text_of(control, "MSG_SEQ_FLG") in ("H", "T") for control in transaction if is_control(control))


def is_control(element: Element) -> bool:
    return name(element).upper() == "PSCAMA"


def is_field(element: Element) -> bool:
    """A row has class="R" or elements in it."""
    is_row = len(element) > 0 or element.get("class", "").strip().upper() == "R"
    return not is_row and not is_control(element)


def text_of(row: Element, field: str) -> str | None:
    return next((element.text or "" for element in row if name(element).upper() == field), None)


def name(element: Element) -> str:
    """Without its namespace."""
    return element.tag.rpartition("}")[2]


def to_json(value: dict) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def rejected(reason: str, kind: RejectionKind = RejectionKind.INVALID) -> Err:
    return Err(Rejection(kind, reason, None))
