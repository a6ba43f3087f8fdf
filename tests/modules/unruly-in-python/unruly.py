"""A mapper that does what the transaction's id says; `look` answers with everything it could get hold of."""

import json
import os
import random
import secrets
import socket
import sys
import time

from componentize_py_types import Ok
from wit_world import exports
from wit_world.exports.mapping import Change_Upsert, Row
from wit_world.imports.types import Description


class Module(exports.Module):
    def describe(self):
        return Description("unruly-in-python", "0.0.1", "does what the transaction's id says", [], "")

    def configure(self, config):
        pass


class Mapping(exports.Mapping):
    def map_batch(self, batch):
        return [Ok([answer(transaction.transaction_id)]) for transaction in batch]


def answer(transaction_id):
    deed = transaction_id.split("-")[0]
    value = DEEDS.get(deed, lambda: "good")()
    return Change_Upsert(Row("UNRULY", json.dumps(transaction_id), json.dumps(value)))


def fail():
    raise RuntimeError("no such luck")


def connect():
    socket.socket().connect(("127.0.0.1", 80))


def look():
    return {
        "environment": dict(os.environ),
        "arguments": sys.argv,
        "file": outcome(lambda: open("/etc/passwd").read()),
        "directory": outcome(lambda: os.listdir("/")),
        "time": time.time(),
        "random": [random.SystemRandom().random(), secrets.token_hex(8)],
    }


def outcome(attempt):
    try:
        return attempt()
    except OSError as error:
        return type(error).__name__


DEEDS = {"fail": fail, "connect": connect, "look": look}
