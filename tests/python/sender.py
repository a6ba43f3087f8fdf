"""Posts a message whole, in chunks over the same connection, cut off, and a ping; prints what is answered to each."""

import sys

import requests

url, authority, file = sys.argv[1:]
with open(file, "rb") as document:
    body = document.read()


def headers(transaction_id):
    return {"MessageName": "PROJECT_SYNC", "TransactionID": transaction_id, "From": "PSFT_EP", "To": "PS_STREAM"}


def chunks():
    for start in range(0, len(body), 100):
        yield body[start : start + 100]


with requests.Session() as session:
    session.trust_env = False  # or REQUESTS_CA_BUNDLE would win over what is asked for here
    session.verify = authority
    replies = [
        session.post(url, data=body, headers=headers("python-whole"), timeout=60),
        session.post(url, data=chunks(), headers=headers("python-chunks"), timeout=60),
        session.post(url, data=body[:-20], headers=headers("python-cut"), timeout=60),
        session.post(url, timeout=60),
    ]
print(*(reply.status_code for reply in replies))
