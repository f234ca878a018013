"""Package index (PEP 503) that wants a token as the password, on a free port of 127.0.0.1; it also takes uploads.

The argument is JSON: `tokens`, a file with the accepted passwords, read for each request, and `log`, a file that gets a
line for each request. Prints `{"port": PORT}`, and ends when stdin closes.
"""

import base64
import http.server
import io
import json
import sys
import threading
import zipfile

SETTINGS = json.loads(sys.argv[1])
WHEEL = "hello_mycli-1.0-py3-none-any.whl"


def wheel():
    file, info = io.BytesIO(), "hello_mycli-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hello_mycli.py", "print('hello')\n")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: hello-mycli\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"hello_mycli.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return file.getvalue()


PAGES = {
    "/simple/": ("text/html", b'<a href="hello-mycli/">hello-mycli</a>'),
    "/simple/hello-mycli/": ("text/html", f'<a href="/files/{WHEEL}">{WHEEL}</a>'.encode()),
    f"/files/{WHEEL}": ("application/octet-stream", wheel()),
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def is_allowed(self):
        scheme, _, credential = self.headers.get("Authorization", "").partition(" ")
        user, _, password = base64.b64decode(credential).decode().partition(":") if scheme == "Basic" else ("", "", "")
        with open(SETTINGS["tokens"]) as tokens:
            allowed = password in tokens.read().split()
        with open(SETTINGS["log"], "a") as log:
            log.write(f"{self.command} {self.path} {user or '-'} {'allowed' if allowed else 'rejected'}\n")
        return allowed

    def respond(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        page = PAGES.get(self.path) if self.command != "POST" else ("text/plain", b"")
        status = 401 if not self.is_allowed() else 404 if page is None else 200
        kind, body = page if status == 200 else ("text/plain", b"")
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="index"')
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = respond


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(json.dumps({"port": server.server_port}), flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
