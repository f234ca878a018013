"""Sparse registry of cargo that wants a token (`auth-required`), on a free port of 127.0.0.1; it keeps what is published.

The argument is JSON: `tokens`, a file with the accepted `Authorization` headers, a line each, read for each request, and
`log`, a file that gets a line for each request. Prints `{"port": PORT}`, and ends when stdin closes.
"""

import hashlib
import http.server
import json
import struct
import sys
import threading

SETTINGS = json.loads(sys.argv[1])
INDEX, FILES = {}, {}


def publish(body):
    """Body of PUT: the length of the metadata, the metadata, the length of the file, the file."""
    (length,) = struct.unpack("<I", body[:4])
    new, file = json.loads(body[4 : 4 + length]), body[8 + length :]
    name, version = new["name"], new["vers"]
    FILES[f"/files/{name}/{version}/download"] = file
    INDEX[name] = {
        "name": name,
        "vers": version,
        "deps": [],
        "cksum": hashlib.sha256(file).hexdigest(),
        "features": {},
        "yanked": False,
    }


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def is_allowed(self):
        header = self.headers.get("Authorization", "")
        with open(SETTINGS["tokens"]) as tokens:
            allowed = header in tokens.read().splitlines()
        with open(SETTINGS["log"], "a") as log:
            verdict = "allowed" if allowed else "rejected" if header else "anonymous"
            log.write(f"{self.command} {self.path} {verdict}\n")
        return allowed

    def content(self):
        origin = f"http://127.0.0.1:{self.server.server_port}"
        if self.path == "/index/config.json":
            return json.dumps({"dl": f"{origin}/files", "api": origin, "auth-required": True}).encode()
        if self.path.startswith("/index/"):
            entry = INDEX.get(self.path.rpartition("/")[2])
            return entry and json.dumps(entry).encode() + b"\n"
        if self.path.startswith("/files/"):
            return FILES.get(self.path)
        if self.path == "/api/v1/crates/new":
            publish(self.body)
            return b'{"warnings": {"invalid_categories": [], "invalid_badges": [], "other": []}}'
        if self.path.endswith(("/yank", "/unyank")):
            INDEX[self.path.split("/")[4]]["yanked"] = self.path.endswith("/yank")
            return b'{"ok": true}'
        if self.path.endswith("/owners"):
            return b'{"users": [{"id": 1, "login": "ada", "name": "Ada"}]}'
        return None

    def respond(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = self.content() if self.is_allowed() else b""
        self.send_response(404 if content is None else 200 if content else 401)
        if content == b"":
            self.send_header("WWW-Authenticate", "Cargo")
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    do_GET = do_PUT = do_DELETE = respond


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(json.dumps({"port": server.server_port}), flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
