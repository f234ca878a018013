"""git over HTTP that wants a token: `git http-backend` behind a check, on a free port of 127.0.0.1.

Usage: git_server.py GIT ROOT SCHEMES TOKENS LOG. SCHEMES are those offered, such as `Basic,Bearer`; TOKENS is a file with
the accepted tokens, read for each request; LOG gets a line for each request. Prints the port.
"""

import base64
import http.server
import os
import subprocess
import sys

GIT, ROOT, SCHEMES, TOKENS, LOG = sys.argv[1:]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def is_allowed(self):
        scheme, _, credential = self.headers.get("Authorization", "").partition(" ")
        if scheme == "Basic":
            credential = base64.b64decode(credential).decode().partition(":")[2]
        with open(TOKENS) as tokens:
            allowed = scheme in SCHEMES.split(",") and credential in tokens.read().split()
        with open(LOG, "a") as log:
            log.write(f"{scheme or 'anonymous'} {'allowed' if allowed else 'rejected'}\n")
        return allowed

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def respond(self):
        body = self.body()
        if not self.is_allowed():
            self.send_response(401)
            for scheme in SCHEMES.split(","):
                self.send_header("WWW-Authenticate", f'{scheme} realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        variables = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": ROOT,
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": "tester",
            "REMOTE_ADDR": "127.0.0.1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        ran = subprocess.run([GIT, "http-backend"], input=body, stdout=subprocess.PIPE, env=variables)
        head, _, content = ran.stdout.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().split("\r\n")]
        status = next((int(value.split()[0]) for name, value in fields if name == "Status"), 200)
        self.send_response(status)
        for name, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = respond


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
