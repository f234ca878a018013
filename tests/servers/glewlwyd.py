"""glewlwyd as an OpenID provider on loopback: Debian's package, its database in a folder that is removed, its plugin, one
client and one user set up by its own interface.

Takes no arguments. Writes one line of JSON when all is ready, and ends when stdin does.
"""

import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar

from jwcrypto import jwk

SCHEMA = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3"
MODULES = "/usr/lib/glewlwyd"
PASSWORD = "correct horse battery"
SECRET = "staple"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start(folder, port):
    with sqlite3.connect(f"{folder}/db") as database, open(SCHEMA) as schema:
        database.executescript(schema.read())
    # Naming `use_secure_connection` at all, even as false, makes it ask for a certificate.
    with open(f"{folder}/conf", "w") as file:
        file.write(f"""
            port = {port}
            bind_address = "127.0.0.1"
            external_url = "http://localhost:{port}"
            login_url = "login.html"
            api_prefix = "api"
            log_mode = "console"
            log_level = "ERROR"
            cookie_secure = 0
            session_key = "session"
            session_expiration = 3600
            login_api_enabled = true
            admin_scope = "g_admin"
            profile_scope = "g_profile"
            user_module_path = "{MODULES}/user"
            client_module_path = "{MODULES}/client"
            user_auth_scheme_module_path = "{MODULES}/scheme"
            plugin_module_path = "{MODULES}/plugin"
            hash_algorithm = "SHA512"
            database = {{ type = "sqlite3"; path = "{folder}/db"; }};
        """)
    log = open(os.environ.get("GLEWLWYD_LOG", os.devnull), "w")
    return subprocess.Popen(["glewlwyd", f"--config-file={folder}/conf"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)


class Interface:
    """Its interface, as one of those who can log in."""

    def __init__(self, address):
        self.address = address
        self.agent = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def ask(self, path, document, method="POST"):
        body, kind = json.dumps(document).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}{path}", body, kind, method=method)
        try:
            return self.agent.open(request, timeout=10).read()
        except urllib.error.HTTPError as error:
            sys.exit(f"{path}: {error.code} {error.read()}")

    def wait(self, server):
        for _ in range(600):
            if server.poll() is not None:
                sys.exit(f"glewlwyd ended with {server.returncode}")
            try:
                return self.agent.open(self.address, timeout=10).read()
            except urllib.error.HTTPError:
                return None
            except OSError:
                time.sleep(0.05)
        sys.exit("glewlwyd does not answer")


def set_up(admin, issuer, redirect_uri):
    key = jwk.JWK.generate(kty="RSA", size=2048)
    admin.ask("/auth/", {"username": "admin", "password": "password"})
    admin.ask("/mod/plugin/", {
        "module": "oidc",
        "name": "oidc",
        "display_name": "OpenID Connect",
        "parameters": {
            "iss": issuer,
            "jwt-type": "rsa",
            "jwt-key-size": "256",
            "key": key.export_to_pem(private_key=True, password=None).decode(),
            "cert": key.export_to_pem().decode(),
            "access-token-duration": 3600,
            "refresh-token-duration": 86400,
            "code-duration": 600,
            "refresh-token-rolling": True,
            "refresh-token-one-use": "always",
            "allow-non-oidc": False,
            "auth-type-code-enabled": True,
            "auth-type-refresh-enabled": True,
            "pkce-allowed": True,
            "pkce-required": True,
            "pkce-method-plain-allowed": False,
            "oauth-as-iss-id": True,
            "introspection-revocation-allowed": True,
            "introspection-revocation-allow-target-client": True,
            "claims": [],
            "email-claim": "on-demand",
            "name-claim": "on-demand",
        },
    })
    admin.ask("/client/", {
        "client_id": "native",
        "name": "A program",
        # Only a client with a secret may revoke there.
        "confidential": True,
        "client_secret": SECRET,
        "enabled": True,
        "redirect_uri": [redirect_uri],
        "authorization_type": ["code", "refresh_token"],
        "token_endpoint_auth_method": ["client_secret_basic"],
        "scope": ["openid"],
    })
    admin.ask("/user/", {
        "username": "ada",
        "name": "Ada Lovelace",
        "email": "ada@example.test",
        "password": PASSWORD,
        "enabled": True,
        "scope": ["g_profile", "openid"],
    })


def main():
    # Cookies and redirects go by names here: `localhost`, as its own documentation has it.
    port, callback = free_port(), free_port()
    issuer, redirect_uri = f"http://localhost:{port}/api/oidc", f"http://127.0.0.1:{callback}/callback"
    with tempfile.TemporaryDirectory() as folder:
        server = start(folder, port)
        try:
            admin, ada = (Interface(f"http://localhost:{port}/api") for _ in range(2))
            admin.wait(server)
            set_up(admin, issuer, redirect_uri)
            ada.ask("/auth/", {"username": "ada", "password": PASSWORD})
            # She has agreed before: the page that asks is drawn by a script, and no part of the protocol.
            ada.ask("/auth/grant/native/", {"scope": "openid"}, "PUT")
            greeting = {"issuer": issuer, "callback": callback, "secret": SECRET, "user": "ada", "password": PASSWORD}
            print(json.dumps(greeting), flush=True)
            sys.stdin.read()
        finally:
            server.kill()
            server.wait()


if __name__ == "__main__":
    main()
