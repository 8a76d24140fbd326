#!/usr/bin/env python3
"""A recall system in one file: hears from callsurge whom to ask, and says what they answered.

    CALLSURGE_TOKEN=… WEBHOOK_SECRET=… python3 recall_receiver.py --api http://127.0.0.1:9877

Standard library only. `ask` and `tell` are what to replace: here they print, and everybody says yes.
docs/recall-systems.md explains each step.
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import sqlite3
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

# A message that is older was recorded by somebody and is played again.
AGE_SECONDS_MAX = 300
# Messages that end what an offer began.
ENDINGS = ("withdraw", "cancel", "too_late", "release")


def ask(person, recall):
    """Asks a person to come; the answer as callsurge takes it, or None while there is none."""
    print(f"ask {person}: come by {recall['needed_by']}? answer by {recall['answer_by']}", flush=True)
    return {"person": person, "reply": "accept", "eta_minutes": 30}


def tell(person, cause, recall):
    """Tells a person how it stands."""
    print(f"tell {person}: {cause}", flush=True)


def genuine(headers, body, secret):
    """Whether whoever knows the secret sent these bytes, and lately."""
    key, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not at.isdigit() or abs(time.time() - int(at)) > AGE_SECONDS_MAX:
        return False
    mac = hmac.new(secret.encode(), f"{key}.{at}.".encode() + body, hashlib.sha256)
    wanted = "v1," + base64.b64encode(mac.digest()).decode()
    said = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(one, wanted) for one in said)


class Book:
    """What was done already. Survives a restart, so that nobody is asked twice."""

    def __init__(self, path):
        self.db = sqlite3.connect(path)
        self.db.execute("CREATE TABLE IF NOT EXISTS done (key TEXT PRIMARY KEY)")
        self.db.execute(
            "CREATE TABLE IF NOT EXISTS newest (recall TEXT, person TEXT, seq INTEGER,"
            " ordinal INTEGER, PRIMARY KEY (recall, person))"
        )

    def knows(self, key):
        return self.db.execute("SELECT 1 FROM done WHERE key = ?", (key,)).fetchone() is not None

    def is_overtaken(self, recall, person, order):
        """Whether a later message about this person has come before this one."""
        sql = "SELECT seq, ordinal FROM newest WHERE recall = ? AND person = ?"
        newest = self.db.execute(sql, (recall, person)).fetchone()
        return newest is not None and newest > order

    def note(self, key, recall, person, order):
        with self.db:
            self.db.execute("INSERT INTO done VALUES (?)", (key,))
            if person and not self.is_overtaken(recall, person, order):
                row = (recall, person, *order)
                self.db.execute("INSERT OR REPLACE INTO newest VALUES (?, ?, ?, ?)", row)


class Receiver(BaseHTTPRequestHandler):
    """One POST, one message."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not genuine(self.headers, body, self.server.secret):
            return self.answer(401)
        key, message = self.headers["webhook-id"], json.loads(body)
        if message["type"] == "recall" and not self.server.book.knows(key):
            self.act(key, message)
        # Only now: what is not answered with 2xx comes again, with the same key.
        return self.answer(204)

    def act(self, key, message):
        book, recall = self.server.book, message["recall"]
        person, cause = recall.get("person"), message["cause"]
        order = tuple(int(part) for part in message["id"].split("-"))
        if person is None:
            print(f"{recall['id']}: {cause}", flush=True)
        elif book.is_overtaken(recall["id"], person, order):
            print(f"late: {person} {cause}", flush=True)
        elif cause == "offer":
            reply = ask(person, recall)
            if reply is not None:
                heard = self.post(f"/api/v1/recalls/{recall['id']}/replies", reply, key)
                print(f"{person} hears {heard['recall']['answer']}", flush=True)
        elif cause in ENDINGS or cause in ("thank", "reserve", "promote"):
            tell(person, cause, recall)
        book.note(key, recall["id"], person, order)

    def post(self, path, reply, key):
        """Says what a person answered. The key of the offer is the key of its answer."""
        request = urllib.request.Request(
            self.server.api + path,
            data=json.dumps(reply).encode(),
            headers={
                "authorization": "Bearer " + self.server.token,
                "content-type": "application/json",
                "idempotency-key": f"{key}-{reply['reply']}",
            },
        )
        with urllib.request.urlopen(request, timeout=5) as response:
            return json.load(response)

    def answer(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--api", required=True, help="where callsurge listens")
    parser.add_argument("--port", type=int, default=9890)
    parser.add_argument("--state", default="recall_receiver.sqlite")
    args = parser.parse_args()
    server = HTTPServer(("127.0.0.1", args.port), Receiver)
    server.api = args.api
    server.token, server.secret = os.environ["CALLSURGE_TOKEN"], os.environ["WEBHOOK_SECRET"]
    server.book = Book(args.state)
    print(f"listens on http://127.0.0.1:{server.server_address[1]}/", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
